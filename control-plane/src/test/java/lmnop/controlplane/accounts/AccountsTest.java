package lmnop.controlplane.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.controlplane.web.Refusal;
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
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

@SuppressWarnings("NullAway.Init")
class AccountsTest {
  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private TestDatabase postgres;
  private Database database;
  private Accounts accounts;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    accounts = new Accounts(database, new SecureRandom(), nanos::get);
    new CredentialFile(folder.resolve("password")).write(new Token("first password"));
    accounts.createFirst(folder.resolve("password"));
  }

  @AfterEach
  void stop() {
    accounts.close();
    database.close();
    postgres.close();
  }

  private Optional<Actor> login(String user, String password) {
    return await(accounts.authenticate(user, password, "10.0.0.1"));
  }

  private static <T> T await(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(Duration.ofSeconds(20)));
  }

  private void account(String name, String owner, String role) {
    postgres.execute(
        """
        INSERT INTO lmnop.accounts (name, password_hash)
          SELECT '%1$s', password_hash FROM lmnop.accounts WHERE name = 'admin';
        INSERT INTO lmnop.owners (name) VALUES ('%2$s') ON CONFLICT DO NOTHING;
        INSERT INTO lmnop.memberships (account_id, owner_id, role)
          SELECT a.id, o.id, '%3$s' FROM lmnop.accounts a, lmnop.owners o
          WHERE a.name = '%1$s' AND o.name = '%2$s'
        """
            .formatted(name, owner, role));
  }

  @Test
  void firstAccountRunsEverythingAndComesOnce() {
    Actor admin = login("admin", "first password").orElseThrow();
    assertThat(admin.administrator()).isTrue();
    assertThat(await(accounts.may(admin, Right.DEPLOY, OwnerName.DEFAULT))).isTrue();
    new CredentialFile(folder.resolve("password")).write(new Token("another"));
    accounts.createFirst(folder.resolve("password"));
    assertThat(login("admin", "another")).isEmpty();
  }

  @Test
  void wrongNameOrPasswordIsNobody() {
    assertThat(login("admin", "wrong")).isEmpty();
    assertThat(login("admin", "")).isEmpty();
    assertThat(login("nobody", "first password")).isEmpty();
    assertThat(login("Admin", "first password")).isEmpty();
    assertThat(login("ad\0min", "first password")).isEmpty();
    assertThat(login("x".repeat(5000), "first password")).isEmpty();
    assertThat(login("admin", "p".repeat(5000))).isEmpty();
  }

  @Test
  void storedIsOnlyArgon2id() {
    String hash =
        await(
            database.one(
                "SELECT password_hash AS hash FROM accounts",
                Map.of(),
                row -> Objects.requireNonNull(row.get("hash", String.class))));
    assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain("first");
  }

  @Test
  void changedPasswordIsForgottenAtOnce() {
    account("bob", "bob", "owner");
    assertThat(login("bob", "first password")).isPresent();
    String other = await(new Passwords(new SecureRandom(), nanos::get).hash("second password"));
    postgres.execute(
        "UPDATE lmnop.accounts SET password_hash = '" + other + "' WHERE name = 'bob'");
    assertThat(login("bob", "first password")).isEmpty();
    assertThat(login("bob", "second password")).isPresent();
  }

  @Test
  void disabledAccountIsNobodyAtOnce() {
    account("bob", "bob", "owner");
    assertThat(login("bob", "first password")).isPresent();
    postgres.execute("UPDATE lmnop.accounts SET enabled = false WHERE name = 'bob'");
    assertThat(login("bob", "first password")).isEmpty();
  }

  @Test
  void guessingIsStoppedForAMinuteButNotWhoeverIsRemembered() {
    assertThat(login("admin", "first password")).isPresent();
    for (int i = 0; i < 10; i++) {
      assertThat(login("admin", "guess " + i)).isEmpty();
    }
    assertThatThrownBy(() -> login("admin", "guess"))
        .isInstanceOfSatisfying(
            Refusal.class, r -> assertThat(r.status()).isEqualTo(HttpStatus.TOO_MANY_REQUESTS));
    assertThat(login("admin", "first password")).isPresent();
    assertThat(await(accounts.authenticate("admin", "other", "10.0.0.2"))).isEmpty();
    nanos.addAndGet(Duration.ofSeconds(61).toNanos());
    assertThat(login("admin", "guess")).isEmpty();
  }

  @Test
  void rightPasswordIsRememberedForFiveMinutes() {
    Passwords passwords = new Passwords(new SecureRandom(), nanos::get);
    Account bob = new Account(7, "bob", await(passwords.hash("secret")), false, true);
    assertThat(passwords.isRemembered(bob, "secret")).isFalse();
    assertThat(await(passwords.matches(bob, "wrong"))).isFalse();
    assertThat(passwords.isRemembered(bob, "wrong")).isFalse();
    assertThat(await(passwords.matches(bob, "secret"))).isTrue();
    assertThat(passwords.isRemembered(bob, "secret")).isTrue();
    assertThat(
            passwords.isRemembered(
                new Account(8, "eve", bob.passwordHash(), false, true), "secret"))
        .isFalse();
    nanos.addAndGet(Duration.ofMinutes(5).toNanos() + 1);
    assertThat(passwords.isRemembered(bob, "secret")).isFalse();
  }

  @Test
  void membershipDecidesWhatAnAccountMayDo() {
    account("bob", "bob", "developer");
    account("eve", "bob", "viewer");
    Actor bob = login("bob", "first password").orElseThrow();
    Actor eve = login("eve", "first password").orElseThrow();
    Actor admin = login("admin", "first password").orElseThrow();
    OwnerName owner = new OwnerName("bob");
    assertThat(await(accounts.may(bob, Right.DEPLOY, owner))).isTrue();
    assertThat(await(accounts.may(bob, Right.DEPLOY, OwnerName.DEFAULT))).isFalse();
    assertThat(await(accounts.may(eve, Right.DEPLOY, owner))).isFalse();
    assertThat(await(accounts.may(eve, Right.READ, owner))).isTrue();
    assertThat(await(accounts.may(admin, Right.DEPLOY, owner))).isTrue();
    assertThat(await(accounts.may(admin, Right.DEPLOY, new OwnerName("nobody")))).isFalse();
  }
}
