package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.backup.Backup;
import lmnop.controlplane.backup.Restore;
import lmnop.controlplane.deletions.DeletionRun;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.git.RepositoryCopies;
import lmnop.controlplane.releases.Reinstatement;
import lmnop.operations.database.OwnerSession;
import lmnop.operations.database.Rows;
import lmnop.providerapi.FunctionStatus;
import lmnop.tasks.Task;
import lmnop.tasks.TaskOutcome;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.TestDatabase;
import org.eclipse.jgit.lib.Repository;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A platform in a file, and back into an empty one. */
@RequiresTool("git")
@Timeout(120)
final class BackupTest {
  @TempDir static Path data;

  private static TestDeployments it;
  private static String second;
  private static Path file;
  private static Map<String, String> there;

  private EmptyPlatform empty;

  @BeforeAll
  static void makeOne() throws Exception {
    it = new TestDeployments(Files.createDirectory(data.resolve("source")));
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    TestSecrets.add(it.secrets, "password", "hush, this is secret");
    it.pushes.readSecret("password");
    String first = it.commit(null, "one");
    assertThat(it.deploy(null, first)).isEqualTo(new Verdict.Live());
    second = it.commit(first, "two");
    assertThat(it.deploy(first, second)).isEqualTo(new Verdict.Live());
    it.test.execute(
        "INSERT INTO lmnop.audit (actor, action, subject, outcome)"
            + " VALUES ('ada', 'odd', E'a\\tb\\nc\\\\ü', 'done')");
    there = contents(it.test);
    file = data.resolve("backup");
    backup(Clock.systemUTC()).make(file);
  }

  @AfterAll
  static void stop() {
    it.close();
  }

  @BeforeEach
  void start(@TempDir Path folder) {
    empty = new EmptyPlatform(folder);
  }

  @AfterEach
  void end() throws IOException {
    empty.close();
  }

  private static Backup backup(Clock clock) {
    return new Backup(
        it.test.settings("postgres"),
        new RepositoryCopies(it.repositories),
        it.artifacts(),
        clock,
        line -> {});
  }

  /**
   * A clock that is looked at right after the snapshot was taken, and lets something happen then.
   */
  private static Clock then(Callable<?> happening) {
    InstantSource source =
        () -> {
          try {
            happening.call();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          return Instant.EPOCH;
        };
    return source.withZone(ZoneOffset.UTC);
  }

  private void copyMasterKey() throws IOException {
    Files.copy(data.resolve("source/master-key"), empty.folder.resolve("master-key"));
  }

  /** What each table holds, but those that belong to a machine, and to a moment. */
  private static Map<String, String> contents(TestDatabase database) {
    Map<String, String> contents = new TreeMap<>();
    try (var all = database.as("postgres")) {
      List<String> tables =
          Objects.requireNonNull(
              all.all(
                      """
                      SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'lmnop'::regnamespace
                        AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN (
                        'flyway_schema_history', 'routers', 'providers', 'workloads', 'endpoints', 'change_log',
                        'change_counter', 'delivered_secrets', 'sessions', 'sign_ins', 'answered_requests', 'tasks', 'audit')
                      """,
                      Map.of(),
                      row -> Rows.only(row, String.class))
                  .collectList()
                  .block());
      for (String table : tables) {
        contents.put(
            table,
            Objects.requireNonNull(
                all.one(
                        "SELECT coalesce(string_agg(t::text, '\n' ORDER BY t::text), '') FROM lmnop.%s t"
                            .formatted(table),
                        Map.of(),
                        row -> Rows.only(row, String.class))
                    .block()));
      }
    }
    return contents;
  }

  private static List<String> artifacts(Path folder) throws IOException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("sha256"))) {
      for (Path one : files.sorted().toList()) {
        all.add(one.getFileName() + " " + Files.readString(one));
      }
    }
    return all;
  }

  private String ref() throws IOException {
    try (Repository repository = empty.repositories.open(1)) {
      return Objects.requireNonNull(
              Objects.requireNonNull(repository.exactRef(TestDeployments.MAIN)).getObjectId())
          .name();
    }
  }

  private void fsck() throws Exception {
    Process git =
        new ProcessBuilder("git", "fsck", "--strict", "--full")
            .directory(empty.folder.resolve("repositories/1.git").toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(git.waitFor()).as(said).isZero();
  }

  @Test
  void everythingIsBackAndRunsUnderTheNamesThatItHad() throws Exception {
    copyMasterKey();
    empty.restore(file);
    assertThat(contents(empty.test)).isEqualTo(there).containsKey("traffic");
    assertThat(
            empty.count(
                "SELECT count(*) FROM audit WHERE action = 'odd' AND subject = E'a\\tb\\nc\\\\ü'"))
        .isEqualTo(1);
    assertThat(artifacts(empty.folder.resolve("artifacts"))).isEqualTo(artifacts(it.artifacts()));
    assertThat(ref()).isEqualTo(second);
    fsck();
    assertThat(Restore.isUnfinished(empty.folder)).isFalse();
    empty.test.execute(
        "INSERT INTO lmnop.builds (repository_id, ref, commit, pusher) VALUES (1, 'x', 'y', 'z')");

    FakeFunctionProvider provider = new FakeFunctionProvider();
    TaskQueue queue = new TaskQueue(empty.control);
    Task task =
        Objects.requireNonNull(
            queue.claim(List.of(Reinstatement.KIND), "test", Duration.ofSeconds(10)).block());
    assertThat(empty.releases.reinstatement(provider, empty.secrets).work(task, () -> {}))
        .isEqualTo(new TaskOutcome.Done("{}"));
    assertThat(provider.list("default"))
        .extracting(FunctionStatus::name)
        .containsExactly("hello-suffix2");
    assertThat(provider.secret("password", "default")).asString().isEqualTo("hush, this is secret");
    assertThat(provider.deployed().getLast().image())
        .isEqualTo(it.provider.deployed().getLast().image());
  }

  @Test
  void whatIsReleasedAndDeletedMeanwhileIsAsItWasAtTheMoment() throws Exception {
    Path gone = it.artifacts().resolveSibling("repositories/99.git");
    DeletionRun deletions =
        new Deletions(it.control, it.queue, it.releases).run(it.repositories, it.provider);
    Path meanwhile = data.resolve("meanwhile");
    backup(
            then(() -> {
              String third = it.commit(second, "three");
              assertThat(it.deploy(second, third)).isEqualTo(new Verdict.Live());
              Files.createDirectories(gone);
              it.test.execute(
                  "INSERT INTO lmnop.deletions (function_id, owner, function, actor, repository_id, workloads)"
                      + " VALUES (99, 'default', 'gone', 'ada', 99, '{}')");
              deletions.finish();
              assertThat(gone).exists();
              return third;
            }))
        .make(meanwhile);
    deletions.finish();
    assertThat(gone).doesNotExist();
    copyMasterKey();
    empty.restore(meanwhile);
    assertThat(it.ref()).isNotEqualTo(second);
    assertThat(ref()).isEqualTo(second);
    assertThat(
            empty.count(
                "SELECT count(*) FROM traffic t JOIN revisions v ON v.id = t.revision_id WHERE v.commit = '%s'"
                    .formatted(second)))
        .isEqualTo(1);
    fsck();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cut", "cut in its end", "a byte", "without its end", "more", "none", "tar"})
  void whatIsDamagedIsRefusedBeforeAnythingIsWritten(String damage) throws Exception {
    byte[] whole = Files.readAllBytes(file);
    byte[] damaged =
        switch (damage) {
          case "cut" -> Arrays.copyOf(whole, whole.length / 2);
          case "cut in its end" -> Arrays.copyOf(whole, whole.length - 10_200);
          case "a byte" -> changed(whole);
          case "without its end" -> withoutEnd(whole);
          case "more" -> more(whole);
          case "none" -> new byte[0];
          default -> "this is no tar".repeat(1000).getBytes(StandardCharsets.UTF_8);
        };
    Path other = Files.write(data.resolve("damaged"), damaged);
    copyMasterKey();
    assertThatThrownBy(() -> empty.restore(other))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is no whole backup");
    assertThat(empty.isUntouched()).isTrue();
  }

  /** One byte in the middle of a commit's or a table's content. */
  private static byte[] changed(byte[] whole) {
    int at = new String(whole, StandardCharsets.ISO_8859_1).indexOf("ref: refs/heads/");
    byte[] changed = whole.clone();
    changed[at + 12] ^= 1;
    return changed;
  }

  private static byte[] withoutEnd(byte[] whole) {
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    byte[] cut = Arrays.copyOf(whole, text.lastIndexOf("end/00000001."));
    return Arrays.copyOf(cut, cut.length + 10_240); // a tar that is whole
  }

  private static byte[] more(byte[] whole) throws IOException {
    byte[] first = Arrays.copyOfRange(whole, 0, 512);
    ByteArrayOutputStream more = new ByteArrayOutputStream();
    more.write(first, 0, 512);
    more.writeBytes(whole);
    return more.toByteArray();
  }

  @Test
  void onlyAnEmptyPlatformIsRestoredInto() throws Exception {
    copyMasterKey();
    empty.test.execute("INSERT INTO lmnop.accounts (name, password_hash) VALUES ('bob', '')");
    assertThatThrownBy(() -> empty.restore(file))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has accounts beside admin");
    empty.test.execute("DELETE FROM lmnop.accounts WHERE name = 'bob'");
    Files.createDirectories(empty.folder.resolve("repositories/7.git"));
    assertThatThrownBy(() -> empty.restore(file))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has repositories on disk");
    Files.delete(empty.folder.resolve("repositories/7.git"));
    assertThat(empty.isUntouched()).isTrue();
    empty.restore(file);
    assertThatThrownBy(() -> empty.restore(file))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has functions");
  }

  @Test
  void anotherSchemaIsRefusedWithWhatItHas() {
    String newest = "SELECT max(version::numeric)::text FROM lmnop.flyway_schema_history";
    empty.test.execute(
        "DELETE FROM lmnop.flyway_schema_history WHERE version = (%s)".formatted(newest));
    assertThatThrownBy(() -> empty.restore(file, true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("It is of a newer lmnop");
    empty.test.execute(
        """
        INSERT INTO lmnop.flyway_schema_history SELECT installed_rank + 1000, '9999', description, type, script,
          checksum, installed_by, installed_on, execution_time, success
        FROM lmnop.flyway_schema_history WHERE version = '1'
        """);
    assertThatThrownBy(() -> empty.restore(file, true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("of a newer lmnop");
  }

  @Test
  void secretsNeedTheMasterKeyThatTheyWereEncryptedWith() throws Exception {
    empty.secrets.prepare();
    assertThatThrownBy(() -> empty.restore(file))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("encrypted with the master key " + it.secrets.masterKeys().getFirst())
        .hasMessageContaining("the one here is " + empty.secrets.masterKeys().getFirst());
    assertThat(empty.isUntouched()).isTrue();
    empty.restore(file, true);
    assertThat(empty.count("SELECT count(*) FROM secrets")).isEqualTo(1);
  }

  @Test
  void whoeverIsKilledLeavesAnEmptyPlatformAndMayBeginAgain() throws Exception {
    copyMasterKey();
    try (OwnerSession held = OwnerSession.open(empty.test.settings("postgres"));
        OwnerSession watch = OwnerSession.open(empty.test.settings("postgres"))) {
      held.begin();
      held.rows("SELECT number FROM change_counter FOR UPDATE"); // its last write waits for this
      Process killed = empty.restoring(file);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              !watch
                  .rows(
                      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                  .isEmpty());
      killed.destroyForcibly().waitFor();
      assertThat(empty.count("SELECT count(*) FROM functions")).isZero();
    }
    assertThat(Restore.isUnfinished(empty.folder)).isTrue();
    assertThat(empty.folders()).isNotEmpty();
    await().until(() -> empty.count("SELECT count(*) FROM functions") == 0);
    empty.restore(file);
    assertThat(contents(empty.test)).isEqualTo(there);
    assertThat(Restore.isUnfinished(empty.folder)).isFalse();
    fsck();
  }

  @Test
  void nobodyElseMayReadItAndNothingIsWrittenOver() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThatThrownBy(() -> backup(Clock.systemUTC()).make(file))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("already");
    String key = Files.readString(data.resolve("source/master-key")).strip();
    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
        .doesNotContain(key);
  }
}
