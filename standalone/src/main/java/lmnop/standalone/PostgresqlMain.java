package lmnop.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.CountDownLatch;
import lmnop.operations.credentials.Token;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import lmnop.standalone.apps.Credentials;
import lmnop.standalone.machine.Programs;
import lmnop.standalone.postgresql.Postgresql;
import lmnop.standalone.processes.Output;
import lmnop.standalone.processes.Spawner;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * PostgreSQL alone, with the database and the roles of the platform, for those who try it in
 * containers: {@code --data=DIR --credentials=DIR}.
 */
public final class PostgresqlMain {
  private static final int CANNOT_START = 1;

  private PostgresqlMain() {}

  /**
   * What it runs with.
   *
   * @param data holds the database; it is made there
   * @param credentials a file for each credential; those that are missing are made, where somebody
   *     may write
   * @param host where it listens
   * @param port where it listens
   */
  record Where(
      Path data,
      Path credentials,
      @DefaultValue("0.0.0.0") String host,
      @DefaultValue("5432") int port) {}

  public static void main(String... arguments) throws InterruptedException {
    try {
      run(Settings.load(Where.class, arguments));
    } catch (SettingsException | IOException | UncheckedIOException | IllegalStateException e) {
      System.err.println("PostgreSQL does not start: " + e.getMessage());
      System.exit(CANNOT_START);
    }
  }

  private static void run(Where where) throws IOException, InterruptedException {
    Credentials credentials = new Credentials(where.credentials(), new SecureRandom());
    if (Files.isWritable(where.credentials())) {
      credentials.createMissing();
    }
    Token superuser = credentials.databaseSuperuser();
    Spawner spawner = new Spawner(Programs.ofThisMachine());
    Postgresql server =
        Postgresql.start(
            where.data(),
            where.host(),
            where.port(),
            superuser,
            spawner,
            Programs.ofThisMachine(),
            printing());
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
    server.ensureRoles(
        where.port(), superuser, credentials.databaseOwner().read(), credentials.databaseRoles());
    System.out.println("PostgreSQL is ready, with the roles of lmnop.");
    new CountDownLatch(1).await();
  }

  private static Output printing() {
    return new Output() {
      @Override
      public void line(String text) {
        System.out.println(text);
      }

      @Override
      public void notice(String sentence) {
        System.err.println(sentence);
      }
    };
  }
}
