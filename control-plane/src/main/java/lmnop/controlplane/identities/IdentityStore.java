package lmnop.controlplane.identities;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of identities, and of sign-ins that are on their way. */
final class IdentityStore {
  private static final String TIME = "interval '10 minutes'";
  private static final int MOST = 10_000; // on their way; anybody can begin one

  private final Database database;

  IdentityStore(Database database) {
    this.database = database;
  }

  /**
   * A sign-in that came back.
   *
   * @param account to which it is to be linked; null if somebody signs in
   */
  record Returned(Attempt attempt, String next, @Nullable Long account) {}

  /** Keeps a sign-in that leaves; empty if there are too many. */
  Mono<Long> leave(
      String provider, Attempt attempt, Token browser, String next, @Nullable Long account) {
    Map<String, Object> values = new HashMap<>();
    values.put("state", new Token(attempt.state()).sha256());
    values.put("browser", browser.sha256());
    values.put("provider", provider);
    values.put("nonce", attempt.nonce());
    values.put("verifier", attempt.verifier());
    values.put("next", next);
    values.put("account", Optional.ofNullable(account).map(String::valueOf));
    return database
        .change("DELETE FROM sign_ins WHERE begun_at < now() - " + TIME, Map.of())
        .then(
            database.change(
                """
                INSERT INTO sign_ins (state_sha256, browser_sha256, provider, nonce, verifier, next, account_id)
                SELECT :state, :browser, :provider, :nonce, :verifier, :next, CAST(:account AS bigint)
                WHERE (SELECT count(*) FROM sign_ins) <
                """
                    + MOST,
                values))
        .filter(inserted -> inserted == 1);
  }

  /** Takes a sign-in that comes back, so that it cannot come a second time. */
  Mono<Returned> comeBack(String provider, String state, Token browser) {
    return database.one(
        "DELETE FROM sign_ins WHERE state_sha256 = :state AND browser_sha256 = :browser"
            + " AND provider = :provider AND begun_at > now() - "
            + TIME
            + " RETURNING nonce, verifier, next, account_id",
        Map.of(
            "state", new Token(state).sha256(), "browser", browser.sha256(), "provider", provider),
        row ->
            new Returned(
                new Attempt(
                    state, need(row, "nonce", String.class), need(row, "verifier", String.class)),
                need(row, "next", String.class),
                row.get("account_id", Long.class)));
  }

  /** An account that somebody is linked to. */
  record Linked(long account, boolean enabled) {}

  Mono<Linked> linked(Identity identity) {
    return database.one(
        """
        SELECT a.id, a.enabled FROM identities i JOIN accounts a ON a.id = i.account_id
        WHERE i.issuer = :issuer AND i.subject = :subject
        """,
        Map.of("issuer", identity.issuer(), "subject", identity.subject()),
        row -> new Linked(need(row, "id", Long.class), need(row, "enabled", Boolean.class)));
  }

  /** Links somebody to an account; nothing if he is linked already. */
  Mono<Long> link(Identity identity, long account) {
    return database.change(
        """
        INSERT INTO identities (issuer, subject, account_id, name)
        VALUES (:issuer, :subject, :account, :name) ON CONFLICT (issuer, subject) DO NOTHING
        """,
        Map.of(
            "issuer", identity.issuer(),
            "subject", identity.subject(),
            "account", account,
            "name", identity.name()));
  }

  /** Makes an account and its owner; empty if one of that name is there. */
  Mono<Long> createAccount(String name) {
    Map<String, String> named = Map.of("name", name);
    return database.one(
        """
        WITH free AS (
          SELECT 1 WHERE NOT EXISTS (SELECT FROM owners WHERE name = :name)
            AND NOT EXISTS (SELECT FROM accounts WHERE name = :name)),
        account AS (
          INSERT INTO accounts (name, password_hash) SELECT :name, 'none' FROM free
          ON CONFLICT DO NOTHING RETURNING id),
        owner AS (
          INSERT INTO owners (name) SELECT :name FROM account RETURNING id)
        INSERT INTO memberships (account_id, owner_id, role)
        SELECT account.id, owner.id, 'owner' FROM account, owner RETURNING account_id
        """,
        named,
        row -> need(row, "account_id", Long.class));
  }

  /** What somebody is linked to, as people read it. */
  record Known(String issuer, String subject, String name, Instant linkedAt) {}

  Flux<Known> of(long account) {
    return database.all(
        "SELECT issuer, subject, name, linked_at FROM identities WHERE account_id = :account"
            + " ORDER BY issuer, subject",
        Map.of("account", account),
        IdentityStore::known);
  }

  private static Known known(Row row) {
    return new Known(
        need(row, "issuer", String.class),
        need(row, "subject", String.class),
        need(row, "name", String.class),
        need(row, "linked_at", Instant.class));
  }

  Mono<Long> unlink(long account, String issuer) {
    return database.change(
        "DELETE FROM identities WHERE account_id = :account AND issuer = :issuer",
        Map.of("account", account, "issuer", issuer));
  }
}
