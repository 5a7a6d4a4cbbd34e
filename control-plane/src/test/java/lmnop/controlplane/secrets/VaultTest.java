package lmnop.controlplane.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.releases.ReleaseFailure;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.SecretValues;
import lmnop.controlplane.revisions.Revisions;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** What is kept of values, with which key, and what becomes of it when that key is another one. */
@Timeout(60)
final class VaultTest {
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final String WORD = "correct-horse-battery";

  @TempDir Path folder;

  private TestDatabase test;
  private Database database;
  private Path file;
  private Secrets secrets;

  @BeforeEach
  void start() {
    test = new TestDatabase();
    test.execute("INSERT INTO lmnop.owners (name) VALUES ('default'), ('ada')");
    database = test.as("lmnop_control");
    file = folder.resolve("credentials/master-key");
    secrets = opened();
    secrets.prepare();
  }

  /** As another process has them. */
  private Secrets opened() {
    Releases releases = new Releases(database, new TaskQueue(database));
    return new Secrets(
        database, file, new SecureRandom(), new Revisions(database, releases, () -> "suffix"));
  }

  @AfterEach
  void stop() {
    database.close();
    test.close();
  }

  private void put(String owner, String name, byte[] value) {
    secrets
        .put(new OwnerName(owner), new SecretName(name), value, null, false, "ada")
        .block(ANSWER);
  }

  private void put(String name, String value) {
    put("default", name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] read(Secrets by, String owner, String name) {
    List<SecretValues.Value> values =
        Objects.requireNonNull(by.of(owner, "hello", List.of(name)).block(ANSWER));
    return values.getFirst().bytes();
  }

  private String read(String name) {
    return new String(read(opened(), "default", name), StandardCharsets.UTF_8);
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(file);
  }

  private long number(String sql) {
    return Objects.requireNonNull(
        database
            .one(sql, Map.of(), row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block(ANSWER));
  }

  @Test
  void theFirstStartMakesAKeyThatOnlyItsOwnerReads() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    List<String> made = lines();
    opened().prepare();
    assertThat(lines()).isEqualTo(made).hasSize(1);
  }

  @Test
  void aValueComesBackToTheLastByte() {
    byte[] bytes = new byte[Secrets.LARGEST];
    new SecureRandom().nextBytes(bytes);
    bytes[bytes.length - 1] = '\n';
    put("default", "large", bytes);
    assertThat(read(opened(), "default", "large")).isEqualTo(bytes);
    byte[] tooLarge = new byte[Secrets.LARGEST + 1];
    assertThatThrownBy(() -> put("default", "larger", tooLarge)).isInstanceOf(Refused.class);
    assertThatThrownBy(() -> put("empty", "")).isInstanceOf(Refused.class);
  }

  @Test
  void twoOwnersHaveSecretsOfOneName() {
    put("default", "key", "one-of-default".getBytes(StandardCharsets.UTF_8));
    put("ada", "key", "one-of-ada".getBytes(StandardCharsets.UTF_8));
    assertThat(read(opened(), "default", "key")).asString().isEqualTo("one-of-default");
    assertThat(read(opened(), "ada", "key")).asString().isEqualTo("one-of-ada");
  }

  @Test
  void noColumnHoldsAValueAndTheSameValueNeverLooksTheSame() {
    put("one", WORD);
    put("two", WORD);
    assertThat(
            number(
                "SELECT count(*) FROM secrets s WHERE s::text LIKE '%"
                    + WORD
                    + "%'"
                    + " OR position(CAST('"
                    + WORD
                    + "' AS bytea) IN s.value) > 0"))
        .isZero();
    assertThat(number("SELECT count(DISTINCT value) FROM secrets")).isEqualTo(2);
    assertThat(number("SELECT count(*) FROM audit a WHERE a::text LIKE '%" + WORD + "%'")).isZero();
    assertThat(number("SELECT count(*) FROM audit WHERE action = 'secret.created'")).isEqualTo(2);
  }

  @Test
  void whatIsCopiedIntoAnotherRowIsNotRead() {
    put("default", "key", WORD.getBytes(StandardCharsets.UTF_8));
    put("ada", "key", "something else".getBytes(StandardCharsets.UTF_8));
    put("old", "the first value");
    test.execute(
        "UPDATE lmnop.secrets SET (value, key) = (SELECT value, key FROM lmnop.secrets s"
            + " JOIN lmnop.owners o ON o.id = s.owner_id"
            + " WHERE o.name = 'default' AND s.name = 'key')"
            + " WHERE owner_id = (SELECT id FROM lmnop.owners WHERE name = 'ada')");
    test.execute("UPDATE lmnop.secrets SET version = 2 WHERE name = 'old'");
    assertThatThrownBy(() -> read(opened(), "ada", "key"))
        .isInstanceOf(ReleaseFailure.class)
        .hasMessageContaining("was not encrypted as that")
        .hasMessageNotContaining(WORD);
    assertThatThrownBy(() -> read("old")).isInstanceOf(ReleaseFailure.class);
  }

  @Test
  void aFileThatIsMissingIsSaidAndNothingIsMadeInItsPlace() throws Exception {
    put("one", WORD);
    Path kept = Files.move(file, folder.resolve("kept"));
    opened().prepare();
    assertThat(file).doesNotExist();
    assertThatThrownBy(() -> read("one"))
        .isInstanceOf(ReleaseFailure.class)
        .hasMessageContaining("the file with the master key is missing")
        .hasMessageContaining(file.toString());
    assertThatThrownBy(() -> put("two", WORD))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is missing")
        .hasMessageContaining("Put the right file back");
    assertThatThrownBy(() -> secrets.rotateKey("ada").block(ANSWER)).isInstanceOf(Refused.class);
    assertThat(file).doesNotExist();
    Files.move(kept, file);
    assertThat(read("one")).isEqualTo(WORD);
    put("two", WORD);
  }

  @Test
  void anotherFileIsSaidAndNothingIsEncryptedWithIt() throws Exception {
    put("one", WORD);
    Path kept = Files.move(file, folder.resolve("kept"));
    MasterKeys others = new MasterKeys(file);
    others.write(List.of(MasterKeys.Key.of(new byte[Sealing.KEY_BYTES])));
    List<String> wrong = lines();
    opened().prepare();
    assertThatThrownBy(() -> read("one"))
        .isInstanceOf(ReleaseFailure.class)
        .hasMessageContaining("encrypted with the master key")
        .hasMessageNotContaining(wrong.getFirst());
    assertThatThrownBy(() -> put("one", "another value")).isInstanceOf(Refused.class);
    assertThatThrownBy(() -> secrets.rotateKey("ada").block(ANSWER)).isInstanceOf(Refused.class);
    assertThat(lines()).isEqualTo(wrong);
    Files.writeString(file, "no key at all\n");
    assertThatThrownBy(() -> read("one")).hasMessageContaining("is no master key");
    Files.move(kept, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(read("one")).isEqualTo(WORD);
  }

  /** The way out for who has lost it. */
  @Test
  void onceNothingNeedsALostKeyANewOneIsMade() throws Exception {
    put("one", WORD);
    Files.delete(file);
    secrets.remove(OwnerName.DEFAULT, new SecretName("one"), false, "ada").block(ANSWER);
    put("one", "another value");
    assertThat(read("one")).isEqualTo("another value");
  }

  @Test
  void aFileThatOthersReadIsNotUsed() throws Exception {
    put("one", WORD);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> read("one")).hasMessageContaining("chmod 600");
  }

  @Test
  void theKeyIsExchangedAndNoValueIsTouched() throws Exception {
    put("one", WORD);
    put("two", "the other value");
    String before = Objects.requireNonNull(values());
    List<String> old = lines();
    assertThat(secrets.rotateKey("ada").block(ANSWER)).isEqualTo(2);
    assertThat(lines()).hasSize(1).doesNotContainAnyElementsOf(old);
    assertThat(values()).isEqualTo(before);
    assertThat(read("one")).isEqualTo(WORD);
    assertThat(read("two")).isEqualTo("the other value");
    assertThat(number("SELECT count(*) FROM audit WHERE action = 'secrets.key-rotated'"))
        .isEqualTo(1);
  }

  private String values() {
    return Objects.requireNonNull(
        database
            .one(
                "SELECT string_agg(encode(value, 'hex'), ' ' ORDER BY id) AS all FROM secrets",
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, String.class)))
            .block(ANSWER));
  }

  /** The process dies after it wrote the file, or after the rows. */
  @Test
  void anExchangeThatIsInterruptedAnywhereLeavesWhatOpensEverything() throws Exception {
    put("one", WORD);
    SecretStore store = new SecretStore(database);
    Vault vault = new Vault(store, new MasterKeys(file), new SecureRandom());
    Mono<MasterKeys.Key> first = store.lock().then(vault.addKey());
    MasterKeys.Key fresh = Objects.requireNonNull(database.inTransaction(first).block(ANSWER));
    assertThat(lines()).hasSize(2);
    assertThat(read("one")).isEqualTo(WORD);
    put("two", "added in between");
    database.inTransaction(store.lock().then(vault.rewrap(fresh))).block(ANSWER);
    assertThat(lines()).hasSize(2);
    assertThat(read("one")).isEqualTo(WORD);
    assertThat(read("two")).isEqualTo("added in between");
    secrets.rotateKey("ada").block(ANSWER);
    assertThat(lines()).hasSize(1);
    assertThat(read("one")).isEqualTo(WORD);
    assertThat(read("two")).isEqualTo("added in between");
  }

  @Test
  void whoReadsAndAddsWhileTheKeyIsExchangedNoticesNothing() throws Exception {
    put("one", WORD);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> using =
        CompletableFuture.supplyAsync(
            () -> {
              int rounds = 0;
              while (!over.get() || rounds < 5) {
                assertThat(read("one")).isEqualTo(WORD);
                put("two", "value " + rounds);
                assertThat(read("two")).isEqualTo("value " + rounds);
                rounds++;
              }
              return rounds;
            },
            Thread.ofVirtual()::start);
    for (int i = 0; i < 10; i++) {
      opened().rotateKey("ada").block(ANSWER);
    }
    over.set(true);
    assertThat(using.get()).isGreaterThanOrEqualTo(5);
    assertThat(lines()).hasSize(1);
    assertThat(read("one")).isEqualTo(WORD);
  }
}
