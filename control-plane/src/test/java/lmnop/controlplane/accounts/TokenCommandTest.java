package lmnop.controlplane.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.table.ChangeFeed;
import lmnop.registry.table.DatabaseRoutes;
import lmnop.registry.table.InvokeToken;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RouteTable;
import lmnop.registry.table.RouterPresence;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init")
class TokenCommandTest {
  private TestDatabase postgres;
  private Database database;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'default'), (2, 'team');
        INSERT INTO functions (id, owner_id, name) VALUES (1, 1, 'hello'), (2, 1, 'other'), (3, 2, 'hello');
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          SELECT id, id, 1, 'bundle@sha256:0', 'python3', '{}',
            jsonb_build_object('access', CASE WHEN id = 2 THEN NULL ELSE 'TOKEN' END) FROM functions;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT id, id, 'default', 'f-' || id, 100 FROM functions;
        """);
  }

  @AfterEach
  void stop() {
    database.close();
    postgres.close();
  }

  private List<String> token(String... arguments) {
    List<String> lines = new ArrayList<>();
    new TokenCommand(
            new InvokeTokens(database, new SecureRandom()),
            new ApiTokens(database, new SecureRandom()),
            lines::add)
        .run(arguments);
    return lines;
  }

  private static Token shown(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("Token: "))
        .map(line -> new Token(line.substring("Token: ".length())))
        .findFirst()
        .orElseThrow();
  }

  private String one(String statement) {
    return Objects.requireNonNull(
        database
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, String.class)))
            .block(Duration.ofSeconds(20)));
  }

  private String tokensOf(long function) {
    return one("SELECT function_snapshot(" + function + ") ->> 'tokens'");
  }

  private String published() {
    return one(
        "SELECT coalesce(string_agg(function_id::text, ' ' ORDER BY number), '') FROM change_log");
  }

  @Test
  void aTokenIsShownOnceAndOnlyItsHashIsStored() {
    List<String> lines = token("add", "ci");
    Token made = shown(lines);
    assertThat(made.value()).startsWith("lmnop_invoke_");
    assertThat(InvokeToken.mayBe(made.value())).isTrue();
    assertThat(lines).contains("It never expires: ./lmnop token remove ci ends it.");
    assertThat(one("SELECT sha256 FROM invoke_tokens")).isEqualTo(made.sha256());
    assertThat(one("SELECT string_agg(t::text, '') FROM invoke_tokens t"))
        .doesNotContain(made.value());
    assertThat(one("SELECT actor || ' ' || action || ' ' || subject FROM audit"))
        .isEqualTo("operator token.created default/ci");
    assertThat(token("list")).noneMatch(line -> line.contains(made.value()));
    assertThat(token("list"))
        .anyMatch(
            line -> line.matches("ci +invoke +- +\\S+Z +never +- +every function of default"));
  }

  @Test
  void routersLearnOfItWhereAFunctionAsksForOne() {
    Token made = shown(token("add", "ci"));
    assertThat(tokensOf(1)).contains(made.sha256());
    assertThat(tokensOf(2)).isEqualTo("[]"); // everybody may call it
    assertThat(tokensOf(3)).isEqualTo("[]"); // another owner's
    assertThat(published()).isEqualTo("1");
    token("remove", "ci");
    assertThat(tokensOf(1)).isEqualTo("[]");
    assertThat(published()).isEqualTo("1 1");
    assertThat(one("SELECT count(*)::text FROM audit WHERE action = 'token.removed'"))
        .isEqualTo("1");
  }

  @Test
  void aRouterThatFollowsTheChangesKnowsWithoutBeingAsked() {
    RouteKey hello = new RouteKey.Named("default", "hello");
    try (Database own = postgres.as("lmnop_router")) {
      InstantSource clock = InstantSource.system();
      RouteTable table = new RouteTable(new DatabaseRoutes(own), new SimpleMeterRegistry(), clock);
      RouterPresence presence = new RouterPresence(own, "router-1", "127.0.0.1:1");
      try (ChangeFeed feed = ChangeFeed.follow(own, table, presence, clock)) {
        await().until(feed::started);
        await()
            .ignoreExceptions() // a look-up may not take long, and this machine may be busy
            .until(() -> !table.resolve(hello).toCompletableFuture().get().rules().isEmpty());
        assertThat(hashes(table, hello)).isEmpty();
        Token made = shown(token("add", "ci"));
        await().until(() -> hashes(table, hello).equals(List.of(made.sha256())));
        token("remove", "ci");
        await().until(() -> hashes(table, hello).isEmpty());
      }
    }
  }

  private static List<String> hashes(RouteTable table, RouteKey key) {
    return Objects.requireNonNull(table.cached(key)).rules().stream()
        .flatMap(rule -> Objects.requireNonNull(rule.function()).tokens().stream())
        .map(InvokeToken::sha256)
        .toList();
  }

  @Test
  void aTokenForOneFunctionOpensNoOtherAndNoneThatComesAfterIt() {
    Token made = shown(token("add", "ci", "--function", "other", "--expires", "30d"));
    postgres.execute("UPDATE lmnop.revisions SET policy = '{\"access\": \"TOKEN\"}'");
    assertThat(tokensOf(1)).isEqualTo("[]");
    assertThat(tokensOf(2)).contains(made.sha256()).contains("expiresAt").doesNotContain("null");
    assertThat(token("list")).anyMatch(line -> line.matches("ci .*Z +- +other of default"));
    postgres.execute(
        "DELETE FROM lmnop.traffic WHERE function_id = 2; DELETE FROM lmnop.functions WHERE id = 2");
    assertThat(tokensOf(1)).isEqualTo("[]");
    assertThat(token("list"))
        .anyMatch(line -> line.matches("ci .*Z +- +a function that is gone of default"));
  }

  @Test
  void ownersDoNotShareNames() {
    Token mine = shown(token("add", "ci"));
    Token theirs = shown(token("add", "ci", "--owner", "team"));
    assertThat(tokensOf(3)).contains(theirs.sha256()).doesNotContain(mine.sha256());
    assertThat(token("list", "--owner", "team")).hasSize(2);
    token("remove", "ci", "--owner", "team");
    assertThat(token("list"))
        .hasSize(2)
        .anyMatch(line -> line.endsWith("every function of default"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "add Big                        | is no name for a token",
        "add ci --owner nobody          | There is no owner 'nobody'",
        "add ci --owner -x              | is not a name for an owner",
        "add ci --function none         | default has no function 'none'",
        "remove none                    | default has no token 'none': ./lmnop token list shows all.",
        "add twice                      | default has a token 'twice' already",
      })
  void saysWhatItRefusesAndChangesNothing(String line, String words) {
    token("add", "twice");
    assertThatThrownBy(() -> token(line.trim().split(" ")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
    assertThat(one("SELECT count(*)::text FROM invoke_tokens")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                | expected token add",
        "make ci            | expected token add",
        "add                | a name is missing",
        "add a b            | is one name too many",
        "add a --owner      | --owner needs a value",
        "add a --role owner | is no option here",
        "add a --expires 0d | is no time for --expires",
        "add a --expires 1y | is no time for --expires",
        "add a --expires 9999d | is no time for --expires",
        "list a             | is too much",
        "add a --scope read  | --scope is for a token of a --user",
        "add a --user bob    | --scope is one of push, read, deploy, admin",
        "add a --user bob --scope invoke | --scope is one of push, read, deploy, admin",
        "add a --user bob --scope read --function hello | --function is for a token with which",
      })
  void saysWhatItDoesNotUnderstand(String line, String words) {
    assertThatThrownBy(() -> token(line.isEmpty() ? new String[0] : line.trim().split(" ")))
        .isInstanceOf(Misused.class)
        .hasMessageContaining(words);
  }

  @Test
  void aUsersTokenIsShownOnceAndListedWithItsScope() {
    addBob();
    List<String> lines = token("add", "ci", "--user", "bob", "--scope", "deploy");
    Token made = shown(lines);
    assertThat(made.value()).startsWith("lmnop_token_");
    assertThat(lines)
        .contains("Token ci of bob is good for deploy at every owner of bob.")
        .contains("It expires in 90d: ./lmnop token remove ci --user bob ends it before.");
    Token deploy =
        shown(token("add", "git", "--user", "bob", "--scope", "push", "--owner", "team")); // of git
    assertThat(deploy.value()).startsWith("lmnop_deploy_");
    assertThat(one("SELECT string_agg(c::text, '') FROM credentials c"))
        .contains(made.sha256(), deploy.sha256())
        .doesNotContain(made.value())
        .doesNotContain(deploy.value());
    token("add", "ci"); // another one, by which functions are called
    assertThat(token("list"))
        .hasSize(4)
        .anyMatch(line -> line.matches("ci +deploy +bob .*Z +not yet +every owner of bob"))
        .anyMatch(line -> line.matches("git +push +bob .*Z +not yet +team"));
    assertThat(token("list", "--user", "bob")).hasSize(3);
    assertThat(token("list", "--owner", "team")).hasSize(2);
    token("remove", "ci", "--user", "bob");
    assertThat(token("list")).hasSize(3).noneMatch(line -> line.contains("deploy"));
    assertThat(
            one(
                "SELECT string_agg(actor || ' ' || action || ' ' || subject, ', ' ORDER BY id)"
                    + " FROM audit WHERE subject LIKE 'bob/%'"))
        .isEqualTo(
            "operator token.created bob/ci, operator token.created bob/git,"
                + " operator token.removed bob/ci");
  }

  private void addBob() {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO accounts (id, name, password_hash) VALUES (1, 'bob', '-');
        INSERT INTO memberships (account_id, owner_id, role) VALUES (1, 2, 'developer');
        """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "add a --user nobody --scope read              | There is no user 'nobody'",
        "add a --user bob --scope read --owner nobody  | There is no owner 'nobody', or bob is no",
        "add a --user bob --scope read --owner default | There is no owner 'default', or bob is no",
        "add there --user bob --scope admin            | bob has a token 'there' already",
        "add A --user bob --scope admin                | is no name for a token",
        "remove a --user bob                           | bob has no token 'a'",
        "remove there --user nobody                    | nobody has no token 'there'",
      })
  void whatAUserMayNotHaveIsRefused(String line, String words) {
    addBob();
    token("add", "there", "--user", "bob", "--scope", "read");
    assertThatThrownBy(() -> token(line.trim().split(" ")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
    assertThat(one("SELECT string_agg(name || ' ' || scope, ' ') FROM credentials"))
        .isEqualTo("there read");
  }

  @Test
  void oneUserHasOnlySoManyTokens() {
    addBob();
    postgres.execute(
        "INSERT INTO lmnop.credentials (account_id, scope, name, sha256)"
            + " SELECT 1, 'read', n, encode(sha256(n::text::bytea), 'hex')"
            + " FROM generate_series(1, 100) n");
    assertThatThrownBy(() -> token("add", "ci", "--user", "bob", "--scope", "read"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("bob has 100 tokens already");
  }

  @Test
  void oneOwnerHasOnlySoManyTokens() {
    postgres.execute(
        "INSERT INTO lmnop.invoke_tokens (owner_id, name, sha256)"
            + " SELECT 1, 'n' || n, encode(sha256(n::text::bytea), 'hex') FROM generate_series(1, 100) n");
    assertThatThrownBy(() -> token("add", "ci"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("default has 100 tokens already");
  }
}
