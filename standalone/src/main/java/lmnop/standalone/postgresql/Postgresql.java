package lmnop.standalone.postgresql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import lmnop.operations.credentials.Token;
import lmnop.standalone.data.DataDirectory;
import lmnop.standalone.machine.Programs;
import lmnop.standalone.processes.Output;
import lmnop.standalone.processes.Spawner;
import lmnop.standalone.processes.Supervised;
import lmnop.standalone.processes.Waiting;

/**
 * A PostgreSQL server of the platform's own, durable, with passwords.
 *
 * <p>Starting it makes what is missing: its programs, its files, the database and the roles.
 */
public final class Postgresql {
  private static final Duration LONGEST_START = Duration.ofSeconds(60); // recovery after a crash
  private static final Duration LONGEST_STOP = Duration.ofSeconds(5);
  private static final int TOO_MANY_EXITS = 3;

  private final Cluster cluster;
  private final Supervised server;

  private Postgresql(Cluster cluster, Supervised server) {
    this.cluster = cluster;
    this.server = server;
  }

  /** Starts a server that nobody but this machine reaches. */
  public static Postgresql start(
      Path folder, int port, Token superuser, Spawner spawner, Programs programs, Output output)
      throws IOException {
    return start(folder, Cluster.ONLY_HERE, port, superuser, spawner, programs, output);
  }

  /**
   * Starts the server and returns once it takes connections.
   *
   * @param folder holds programs and data
   * @param host where it listens; 0.0.0.0 is all addresses of this machine
   */
  public static Postgresql start(
      Path folder,
      String host,
      int port,
      Token superuser,
      Spawner spawner,
      Programs programs,
      Output output)
      throws IOException {
    DataDirectory.createPrivate(folder);
    OtherUser user = OtherUser.find(programs);
    user.reach(folder);
    Cluster cluster = cluster(folder, user);
    cluster.create(superuser);
    cluster.endSurvivor();
    Supervised server =
        Supervised.start(
            "postgresql",
            () -> {
              cluster.forgetDeadServer();
              return spawner.start(
                  user.command(),
                  cluster.serverCommand(host, port),
                  folder,
                  Spawner.FarewellSignal.INT);
            },
            process -> stop(cluster, process),
            output);
    Postgresql postgresql = new Postgresql(cluster, server);
    postgresql.awaitReady();
    return postgresql;
  }

  /**
   * Stops a server on this folder that outlived whoever started it, so that its port is free.
   *
   * @param folder as given to {@link #start}
   */
  public static void endSurvivor(Path folder, Programs programs) throws IOException {
    if (Files.exists(folder.resolve("server/data/postmaster.pid"))) {
      cluster(folder, OtherUser.find(programs)).endSurvivor();
    }
  }

  private static Cluster cluster(Path folder, OtherUser user) throws IOException {
    return new Cluster(PostgresqlPrograms.unpackInto(folder), user, folder.resolve("server"));
  }

  private static void stop(Cluster cluster, ProcessHandle process) {
    try {
      cluster.stop();
    } catch (IOException e) {
      process.destroy();
    }
  }

  private void awaitReady() throws IOException {
    boolean ready =
        Waiting.until(
            () -> (runsByUs() && cluster.ready()) || server.exits() >= TOO_MANY_EXITS,
            LONGEST_START);
    if (!ready || server.exits() >= TOO_MANY_EXITS) {
      close();
      throw new IOException("PostgreSQL does not start");
    }
  }

  private boolean runsByUs() {
    return server
        .current()
        .filter(process -> cluster.running().orElse(-1) == process.pid())
        .isPresent();
  }

  /** Makes the database and the roles with these passwords. */
  public void ensureRoles(int port, Token superuser, Token owner, Map<String, Token> apps)
      throws IOException {
    try {
      Roles.ensure(port, superuser, owner, apps);
    } catch (SQLException e) {
      throw new IOException("PostgreSQL does not let us in: " + e.getMessage(), e);
    }
  }

  /** The server's process, to be watched. */
  public Supervised server() {
    return server;
  }

  /** Stops the server; everything committed is kept. */
  public void close() {
    server.stop(LONGEST_STOP);
  }
}
