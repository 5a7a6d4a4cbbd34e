package lmnop.controlplane.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lmnop.controlplane.web.Right;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What a token is worth, and until when. */
@SuppressWarnings("NullAway.Init")
final class ApiTokensTest {
  private static final OwnerName TEAM = new OwnerName("team");
  private static final OwnerName OTHER = new OwnerName("other");

  private TestDatabase postgres;
  private Database database;
  private ApiTokens tokens;
  private Accounts accounts;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    tokens = new ApiTokens(database, new SecureRandom());
    accounts = new Accounts(database, new SecureRandom());
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'team'), (2, 'other');
        INSERT INTO accounts (id, name, password_hash) VALUES (1, 'bob', '-');
        INSERT INTO memberships (account_id, owner_id, role) VALUES (1, 1, 'owner'), (1, 2, 'owner');
        """);
  }

  @AfterEach
  void stop() {
    accounts.close();
    database.close();
    postgres.close();
  }

  private static <T> T await(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(Duration.ofSeconds(20)));
  }

  private Token add(Scope scope, @Nullable OwnerName owner) {
    return await(
        tokens.add(
            new ApiTokens.Wanted("bob", scope.text(), scope, owner, Duration.ofHours(1)), "bob"));
  }

  private Optional<Actor> actor(Token token) {
    return await(
        tokens
            .find(token)
            .map(ApiTokens.Shown::actor)
            .map(Optional::of)
            .defaultIfEmpty(Optional.empty()));
  }

  private List<Boolean> may(Token token, OwnerName owner) {
    Actor actor = actor(token).orElseThrow();
    return List.of(
        await(accounts.may(actor, Right.READ, owner)),
        await(accounts.may(actor, Right.DEPLOY, owner)),
        await(accounts.may(actor, Right.ADMIN, owner)));
  }

  @Test
  void aTokenIsWorthNoMoreThanItsScopeItsOwnerAndItsAccount() {
    assertThat(may(add(Scope.READ, null), TEAM)).containsExactly(true, false, false);
    assertThat(may(add(Scope.PUSH, null), TEAM)).containsExactly(true, true, false);
    assertThat(may(add(Scope.DEPLOY, TEAM), TEAM)).containsExactly(true, true, false);
    Token all = add(Scope.ADMIN, TEAM);
    assertThat(may(all, TEAM)).containsExactly(true, true, true);
    assertThat(may(all, OTHER)).containsExactly(false, false, false);
    await(new Members(database).put(TEAM, "bob", Role.OWNER, "test").thenReturn(true));
    postgres.execute("UPDATE lmnop.memberships SET role = 'viewer'");
    assertThat(may(all, TEAM))
        .as("the account's role is another")
        .containsExactly(true, false, false);
    postgres.execute("UPDATE lmnop.accounts SET administrator = true");
    assertThat(may(all, OTHER)).containsExactly(false, false, false);
    assertThat(actor(all).orElseThrow().mayEverything()).isFalse();
  }

  @Test
  void itsLastUseIsWrittenOnceAMinute() {
    Token token = add(Scope.READ, null);
    assertThat(used()).isEqualTo("never");
    actor(token);
    String first = used();
    assertThat(first).isNotEqualTo("never");
    actor(token);
    assertThat(used()).isEqualTo(first);
    postgres.execute("UPDATE lmnop.credentials SET last_used_at = now() - interval '61 seconds'");
    String before = used();
    actor(token);
    assertThat(used()).isNotEqualTo(before);
  }

  private String used() {
    return await(
        database.one(
            "SELECT coalesce(last_used_at::text, 'never') AS used FROM credentials",
            Map.of(),
            row -> Objects.requireNonNull(row.get("used", String.class))));
  }

  @Test
  void itIsWorthNothingOnceItIsOverRemovedOrItsAccountIsDisabled() {
    Token token = add(Scope.READ, null);
    assertThat(actor(token)).isPresent();
    postgres.execute("UPDATE lmnop.accounts SET enabled = false");
    assertThat(actor(token)).isEmpty();
    postgres.execute("UPDATE lmnop.accounts SET enabled = true");
    postgres.execute("UPDATE lmnop.credentials SET expires_at = now()");
    String used = used();
    assertThat(actor(token)).isEmpty();
    assertThat(used()).isEqualTo(used);
    postgres.execute("UPDATE lmnop.credentials SET expires_at = NULL");
    assertThat(actor(token)).isPresent();
    tokens.remove("bob", "read", "bob").block(Duration.ofSeconds(20));
    assertThat(actor(token)).isEmpty();
  }
}
