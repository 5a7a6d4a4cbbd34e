package lmnop.controlplane.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Ticker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lmnop.controlplane.web.Right;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init")
class UserCommandTest {
  private static final String CHOSEN = "correct horse battery";

  @TempDir Path folder;
  private TestDatabase postgres;
  private Database database;
  private Accounts accounts;
  private Users users;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    accounts = new Accounts(database, new SecureRandom(), Ticker.systemTicker());
    new CredentialFile(folder.resolve("password")).write(new Token("first password"));
    accounts.createFirst(folder.resolve("password"));
    users = new Users(database, new SecureRandom());
  }

  @AfterEach
  void stop() {
    users.close();
    accounts.close();
    database.close();
    postgres.close();
  }

  private List<String> user(String... arguments) throws IOException {
    List<String> lines = new ArrayList<>();
    BufferedReader in = new BufferedReader(new StringReader(CHOSEN + "\n"));
    new UserCommand(users, in, lines::add).run(arguments);
    return lines;
  }

  private Optional<Actor> login(String name, String password) {
    return Objects.requireNonNull(
        accounts.authenticate(name, password, "10.0.0.1").block(Duration.ofSeconds(20)));
  }

  private boolean mayPush(Actor actor, String owner) {
    return Boolean.TRUE.equals(
        accounts.may(actor, Right.DEPLOY, new OwnerName(owner)).block(Duration.ofSeconds(20)));
  }

  private static String password(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("Password: "))
        .map(line -> line.substring("Password: ".length()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void addedUserGetsInWithThePasswordThatIsShownOnceAndOwnsWhatIsHis() throws Exception {
    List<String> shown = user("add", "bob");
    String password = password(shown);
    assertThat(password).hasSizeGreaterThan(40);
    Actor bob = login("bob", password).orElseThrow();
    assertThat(bob.administrator()).isFalse();
    assertThat(mayPush(bob, "bob")).isTrue();
    assertThat(mayPush(bob, "default")).isFalse();
    assertThat(user("list")).anyMatch(line -> line.matches("bob +no +bob \\(owner\\)"));
    assertThat(user("list")).anyMatch(line -> line.matches("admin +yes +default \\(owner\\)"));
    assertThat(user("list")).noneMatch(line -> line.contains(password));
  }

  @Test
  void userOfATeamHasTheRoleThatWasGiven() throws Exception {
    user("add", "bob", "--owner", "team", "--password-stdin");
    user("add", "eve", "--owner", "team", "--role", "viewer", "--password-stdin");
    assertThat(mayPush(login("bob", CHOSEN).orElseThrow(), "team")).isTrue();
    assertThat(mayPush(login("eve", CHOSEN).orElseThrow(), "team")).isFalse();
    assertThat(user("list")).anyMatch(line -> line.matches("bob +no +team \\(developer\\)"));
  }

  @Test
  void passwordOfStandardInputIsNotShown() throws Exception {
    List<String> shown = user("add", "bob", "--password-stdin");
    assertThat(shown).noneMatch(line -> line.contains(CHOSEN) || line.contains("Password"));
    assertThat(login("bob", CHOSEN)).isPresent();
  }

  @Test
  void removedUserIsOutAtOnceAlsoWhileHisPasswordIsRemembered() throws Exception {
    user("add", "bob", "--password-stdin");
    assertThat(login("bob", CHOSEN)).isPresent();
    user("remove", "bob");
    assertThat(login("bob", CHOSEN)).isEmpty();
    user("add", "bob");
    assertThat(login("bob", CHOSEN)).as("another user of the same name").isEmpty();
  }

  @Test
  void newPasswordEndsTheOldOneAtOnce() throws Exception {
    String old = password(user("add", "bob"));
    assertThat(login("bob", old)).isPresent();
    String next = password(user("password", "bob"));
    assertThat(login("bob", old)).isEmpty();
    assertThat(login("bob", next)).isPresent();
    user("password", "admin", "--password-stdin");
    assertThat(login("admin", CHOSEN)).isPresent();
  }

  @Test
  void lastAdministratorStaysAlsoWhenTwoRemoveEachOther() throws Exception {
    assertThatThrownBy(() -> user("remove", "admin"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("'admin' is the last administrator");
    user("add", "second");
    postgres.execute("UPDATE lmnop.accounts SET administrator = true WHERE name = 'second'");
    List<Callable<String>> both = List.of(() -> removed("admin"), () -> removed("second"));
    List<String> ends = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (Future<String> end : threads.invokeAll(both)) {
        ends.add(end.get());
      }
    }
    assertThat(ends).containsExactlyInAnyOrder("removed", "stays");
  }

  private String removed(String name) throws IOException {
    try {
      user("remove", name);
      return "removed";
    } catch (Refused e) {
      return "stays";
    }
  }

  @ParameterizedTest
  @CsvSource({
    "add admin, is kept for the platform",
    "add Bob, use a to z",
    "add bob --owner x--y, single hyphens",
    "remove nobody, There is no user 'nobody': ./lmnop user list shows all",
    "password nobody, There is no user 'nobody'",
    "add there, There is a user 'there' already"
  })
  void refusalSaysWhy(String arguments, String words) throws Exception {
    user("add", "there");
    long before = audits();
    assertThatThrownBy(() -> user(arguments.split(" ")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
    assertThat(audits()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "add | a name is missing",
        "sing | expected user add NAME",
        "add bob secret | one name too many",
        "add bob --password secret | '--password' is no option here",
        "add bob --owner | --owner needs a value",
        "add bob --role king | 'king' is no role",
        "list bob | 'bob' is too much",
        "remove bob --owner x | '--owner' is no option here"
      })
  void misuseSaysWhatIsExpected(String arguments, String words) {
    assertThatThrownBy(() -> user(arguments.split(" ")))
        .isInstanceOf(Misused.class)
        .hasMessageContaining(words);
    assertThat(users.list()).hasSize(1);
  }

  @Test
  void shortPasswordIsRefused() {
    BufferedReader in = new BufferedReader(new StringReader("short\n"));
    UserCommand command = new UserCommand(users, in, line -> {});
    assertThatThrownBy(() -> command.run("add", "bob", "--password-stdin"))
        .hasMessageContaining("has 5 characters, expected 12 to 200");
  }

  @Test
  void whateverChangesIsInTheAudit() throws Exception {
    user("add", "bob");
    user("password", "bob");
    user("remove", "bob");
    assertThat(
            database
                .all(
                    "SELECT action FROM audit WHERE subject = 'bob' ORDER BY id",
                    Map.of(),
                    row -> Objects.requireNonNull(row.get("action", String.class)))
                .collectList()
                .block())
        .containsExactly("account.created", "account.password-changed", "account.removed");
  }

  private long audits() {
    return Objects.requireNonNull(
        database
            .one(
                "SELECT count(*) AS n FROM audit",
                Map.of(),
                row -> Objects.requireNonNull(row.get("n", Long.class)))
            .block());
  }
}
