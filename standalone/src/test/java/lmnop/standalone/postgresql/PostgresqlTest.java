package lmnop.standalone.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import lmnop.operations.credentials.Token;
import lmnop.standalone.machine.Programs;
import lmnop.standalone.processes.Output;
import lmnop.standalone.processes.Spawner;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresqlTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Token SUPERUSER = new Token("superuser-password");
  private static final String KEEP =
      "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer";
  private static final Token OWNER = new Token("owner-password");
  private static final Token ROUTER = new Token("router-password");

  /** Most tests meet the same server again, as users do after their first start. */
  @TempDir static Path folder;

  private final Spawner spawner = new Spawner(Programs.ofThisMachine());
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Postgresql> started = new ArrayList<>();
  private int port;

  @BeforeEach
  void choosePort() throws IOException {
    try (var socket = new java.net.ServerSocket(0)) {
      port = socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() {
    started.forEach(Postgresql::close);
    spawner.close();
  }

  @Test
  void keepsItsDataOverAStopAndAStart() throws Exception {
    Postgresql first = start();
    execute("lmnop_owner", OWNER, KEEP);
    first.close();

    start();

    assertThat(ask("lmnop_owner", OWNER, "SELECT answer FROM kept")).isEqualTo("42");
    assertThat(folder.toFile().list((parent, name) -> name.startsWith("programs"))).hasSize(1);
  }

  @Test
  void isDurableAndListensOnLoopbackOnlyAndAsksEverybodyForAPassword() throws Exception {
    start();

    assertThat(ask("postgres", SUPERUSER, "SHOW fsync")).isEqualTo("on");
    assertThat(ask("postgres", SUPERUSER, "SHOW synchronous_commit")).isEqualTo("on");
    assertThat(ask("postgres", SUPERUSER, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
    assertThat(
            ask(
                "postgres",
                SUPERUSER,
                "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"))
        .isEqualTo("scram-sha-256");
    assertThatThrownBy(() -> ask("postgres", OWNER, "SELECT 1"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password authentication failed");
  }

  @Test
  void givesTheOwnerNoMoreThanItsDatabaseAndTheAppsNoMoreThanTheWayIn() throws Exception {
    start();

    assertThat(
            ask(
                "postgres",
                SUPERUSER,
                "SELECT rolsuper FROM pg_roles WHERE rolname = 'lmnop_owner'"))
        .isEqualTo("f");
    assertThat(ask("lmnop_router", ROUTER, "SELECT current_user")).isEqualTo("lmnop_router");
    assertThatThrownBy(() -> execute("lmnop_router", ROUTER, "CREATE SCHEMA mine"))
        .hasMessageContaining("permission denied");
  }

  @Test
  void takesOverFromAServerThatOutlivedItsStarter() throws Exception {
    Postgresql first = start();
    execute("lmnop_owner", OWNER, KEEP);
    first.close();
    Process survivor = startUnwatched();
    try {
      Postgresql next = start();

      assertThat(survivor.isAlive()).isFalse();
      assertThat(next.server().current()).isPresent();
      assertThat(ask("lmnop_owner", OWNER, "SELECT answer FROM kept")).isEqualTo("42");
    } finally {
      survivor.destroyForcibly();
    }
  }

  @Test
  void leavesAloneAProcessThatHasTheNumberOfAServerOfOld() throws Exception {
    start().close();
    Process bystander = new ProcessBuilder("sleep", "600").start();
    try {
      Files.writeString(
          folder.resolve("server/data/postmaster.pid"), bystander.pid() + "\n/elsewhere\n");

      start();

      assertThat(bystander.isAlive()).isTrue();
    } finally {
      bystander.destroyForcibly().waitFor();
    }
  }

  @Test
  void startsAgainAfterItsServerWasKilled() throws Exception {
    Postgresql postgresql = start();
    execute("lmnop_owner", OWNER, KEEP);

    postgresql.server().current().orElseThrow().destroyForcibly();

    isBack(postgresql);
  }

  /** What a server leaves that is killed between making its file and writing its number into it. */
  @Test
  void startsAgainAfterItsServerWasKilledAsItBegan() throws Exception {
    Postgresql postgresql = start();
    execute("lmnop_owner", OWNER, KEEP);
    ProcessHandle server = postgresql.server().current().orElseThrow();

    server.destroyForcibly();
    server.onExit().join();
    Files.writeString(folder.resolve("server/data/postmaster.pid"), "");

    isBack(postgresql);
  }

  private void isBack(Postgresql postgresql) throws SQLException {
    await().atMost(LONG).until(() -> postgresql.server().exits() > 0);
    await()
        .atMost(LONG)
        .ignoreExceptions()
        .until(() -> ask("postgres", SUPERUSER, "SELECT 1") != null);
    assertThat(ask("lmnop_owner", OWNER, "SELECT answer FROM kept")).isEqualTo("42");
  }

  @Test
  void beginsAnewAfterAFirstStartThatWasCutOff(@TempDir Path cutOff) throws Exception {
    Files.createDirectories(cutOff.resolve("programs.new123/bin"));
    Files.createDirectories(cutOff.resolve("server/data.new/base"));
    Files.createFile(cutOff.resolve("server/data.new/PG_VERSION"));

    start(cutOff);

    assertThat(ask("postgres", SUPERUSER, "SELECT 1")).isEqualTo("1");
    assertThat(cutOff.resolve("programs.new123")).doesNotExist();
  }

  @Test
  void refusesDataOfAnotherMajorVersion(@TempDir Path old) throws Exception {
    Files.createDirectories(old.resolve("server/data"));
    Files.writeString(old.resolve("server/data/PG_VERSION"), "17\n");

    assertThatThrownBy(() -> start(old))
        .hasMessageContaining("was made by PostgreSQL 17 and this lmnop brings PostgreSQL 18");
  }

  @Test
  @RequiresTool({"root", "setpriv"})
  void runsAsNobodyWhereRootGetsNoUserNamespace() throws Exception {
    Path open = Files.createTempDirectory(Path.of("/tmp"), "lmnop-nobody");
    Path place = Files.createDirectory(open.resolve("postgresql"));
    OtherUser nobody = OtherUser.nobody();
    try {
      nobody.reach(place);
      Cluster cluster =
          new Cluster(PostgresqlPrograms.unpackInto(place), nobody, place.resolve("server"));

      cluster.create(SUPERUSER);

      assertThat(Files.getAttribute(place.resolve("server/data"), "unix:uid")).isEqualTo(65_534);
      assertThat(Files.readString(place.resolve("server/data/PG_VERSION"))).startsWith("18");
    } finally {
      Cluster.removeTree(open);
    }
  }

  @Test
  @RequiresTool("root")
  void saysWhichFolderKeepsNobodyOut(@TempDir Path closed) throws Exception {
    Path place = Files.createDirectories(closed.resolve("data/postgresql"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));

    assertThatThrownBy(() -> OtherUser.nobody().reach(place))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nobody may not enter " + closed)
        .hasMessageContaining("--data DIR");
  }

  private Postgresql start() throws IOException {
    return start(folder);
  }

  private Postgresql start(Path place) throws IOException {
    Postgresql postgresql =
        Postgresql.start(place, port, SUPERUSER, spawner, Programs.ofThisMachine(), collecting());
    started.add(postgresql);
    postgresql.ensureRoles(port, SUPERUSER, OWNER, Map.of("lmnop_router", ROUTER));
    return postgresql;
  }

  /** What is left when a platform is killed and nobody ends its server. */
  private Process startUnwatched() throws IOException {
    OtherUser user = OtherUser.find(Programs.ofThisMachine());
    Cluster cluster =
        new Cluster(PostgresqlPrograms.unpackInto(folder), user, folder.resolve("server"));
    Process server =
        new ProcessBuilder(
                Stream.concat(
                        user.command().stream(), cluster.serverCommand("127.0.0.1", port).stream())
                    .toList())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    await().atMost(LONG).until(cluster::ready);
    return server;
  }

  private Output collecting() {
    return new Output() {
      @Override
      public void line(String text) {
        lines.add(text);
      }

      @Override
      public void notice(String sentence) {
        lines.add(sentence);
      }
    };
  }

  private void execute(String user, Token password, String statement) throws SQLException {
    try (Connection connection = connect(user, password);
        Statement sql = connection.createStatement()) {
      sql.execute(statement);
    }
  }

  private String ask(String user, Token password, String query) throws SQLException {
    try (Connection connection = connect(user, password);
        Statement sql = connection.createStatement();
        ResultSet row = sql.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private Connection connect(String user, Token password) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/lmnop", user, password.value());
  }
}
