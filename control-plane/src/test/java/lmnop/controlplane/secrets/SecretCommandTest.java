package lmnop.controlplane.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.configuration.KnownSecrets;
import lmnop.controlplane.releases.ReleaseFailure;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.revisions.ReleaseWatch;
import lmnop.controlplane.revisions.Revisions;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class SecretCommandTest {
  private static final Duration ANSWER = Duration.ofSeconds(20);

  @TempDir Path folder;

  private TestDatabase test;
  private Database database;
  private Secrets secrets;

  @BeforeEach
  void start() {
    test = new TestDatabase();
    test.execute("INSERT INTO lmnop.owners (name) VALUES ('default'), ('ada')");
    database = test.as("lmnop_control");
    secrets =
        new Secrets(
            database,
            folder.resolve("master-key"),
            new SecureRandom(),
            new Revisions(database, releases(), () -> "suffix"));
    secrets.prepare();
  }

  private Releases releases() {
    return new Releases(database, new TaskQueue(database));
  }

  @AfterEach
  void stop() {
    database.close();
    test.close();
  }

  private List<String> run(String value, String... arguments) throws Exception {
    List<String> lines = new ArrayList<>();
    Routers routers = new Routers(database, new Token("router"));
    new SecretCommand(
            secrets,
            new ReleaseWatch(releases(), routers, Pace.real(), lines::add),
            new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8)),
            lines::add)
        .run(arguments);
    return lines;
  }

  private String read(String function, String name) {
    return new String(
        Objects.requireNonNull(secrets.of("default", function, List.of(name)).block(ANSWER))
            .getFirst()
            .bytes(),
        StandardCharsets.UTF_8);
  }

  @Test
  void addsAValueToTheLastByteAndSaysItsVersion() throws Exception {
    assertThat(run("s3cr3t-value\n", "add", "database-password"))
        .containsExactly("Secret database-password of default has version 1.");
    assertThat(read("hello", "database-password")).isEqualTo("s3cr3t-value\n");
    Path file = Files.writeString(folder.resolve("value"), "another value");
    assertThat(run("", "add", "database-password", "--file", file.toString()))
        .containsExactly("Secret database-password of default has version 2.");
    assertThat(read("hello", "database-password")).isEqualTo("another value");
    assertThat(run("short", "add", "pin")).anyMatch(line -> line.contains("not searched for it"));
  }

  @Test
  void listsEverythingButTheValue() throws Exception {
    run("the first value", "add", "api-key", "--functions", "cart,checkout");
    run("the second value", "add", "api-key", "--owner", "ada");
    List<String> all = run("", "list");
    assertThat(all).hasSize(3).noneMatch(line -> line.contains("value"));
    assertThat(all.get(1)).contains("ada", "api-key", "operator", "every function", "nothing");
    assertThat(all.get(2)).contains("default", "cart, checkout");
    assertThat(run("", "list", "--owner", "ada")).hasSize(2);
  }

  @Test
  void aSecretIsForTheFunctionsThatAreNamedUntilOthersAre() throws Exception {
    run("value-1", "add", "api-key", "--functions", "cart");
    assertThat(read("cart", "api-key")).isEqualTo("value-1");
    assertThatThrownBy(() -> read("hello", "api-key"))
        .isInstanceOf(ReleaseFailure.class)
        .hasMessageContaining("'api-key' is not for hello");
    KnownSecrets known = secrets.known(OwnerName.DEFAULT);
    assertThat(known.problem("cart", "api-key")).isNull();
    assertThat(known.problem("hello", "api-key"))
        .isEqualTo(
            "it is for cart alone: allow it with ./lmnop secret add api-key --functions cart,hello");
    assertThat(known.problem("hello", "none"))
        .isEqualTo("default has no secret of that name: create it with ./lmnop secret add none");
    assertThat(secrets.known(new OwnerName("ada")).problem("hello", "api-key"))
        .endsWith("./lmnop secret add api-key --owner ada");
    run("value-2", "add", "api-key");
    assertThatThrownBy(() -> read("hello", "api-key")).isInstanceOf(ReleaseFailure.class);
    run("value-3", "add", "api-key", "--functions", "*");
    assertThat(read("hello", "api-key")).isEqualTo("value-3");
  }

  @Test
  void removesAndANameThatWasRemovedIsFree() throws Exception {
    run("value-1", "add", "api-key");
    assertThat(run("", "remove", "api-key").getFirst()).contains("api-key of default is removed");
    assertThatThrownBy(() -> run("", "remove", "api-key"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("default has no secret 'api-key'");
    assertThat(run("value-2", "add", "api-key").getFirst()).contains("version 1");
  }

  @Test
  void exchangesTheMasterKey() throws Exception {
    run("value-1", "add", "api-key");
    assertThat(run("", "rotate-key").getFirst()).contains("another one, for all secrets (1)");
    assertThat(read("hello", "api-key")).isEqualTo("value-1");
  }

  @Test
  void aTerminalIsNotReadFrom() {
    SecretCommand atTerminal =
        new SecretCommand(
            secrets,
            new ReleaseWatch(
                releases(), new Routers(database, new Token("router")), Pace.real(), line -> {}),
            null,
            line -> {});
    assertThatThrownBy(() -> atTerminal.run("add", "api-key"))
        .isInstanceOf(Misused.class)
        .hasMessageContaining("standard input");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sing | expected secret add",
        "add | a name is missing",
        "add key hunter2-in-the-arguments | there is one name too many",
        "add key --value x | is no option here",
        "add key --file | --file needs a value",
        "list key | is too much",
        "rotate-key key | is too much",
        "remove key --roll | is no option here"
      })
  void saysWhatIsWrongWithItsArguments(String arguments, String words) {
    assertThatThrownBy(() -> run("value", arguments.split(" ")))
        .isInstanceOf(Misused.class)
        .hasMessageContaining(words)
        .hasMessageNotContaining("hunter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "add Not_A_Name | is no name for a secret",
        "add ../key | is no name for a secret",
        "add key --owner nobody | There is no owner 'nobody'",
        "add key --functions a,,b | a function",
        "add key --file /does/not/exist | There is no file '/does/not/exist'",
        "remove key | has no secret 'key'"
      })
  void refusesWhatCannotBe(String arguments, String words) {
    assertThatThrownBy(() -> run("value", arguments.split(" ")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
  }
}
