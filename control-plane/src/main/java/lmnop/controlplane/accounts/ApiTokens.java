package lmnop.controlplane.accounts;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.audit.Audit;
import lmnop.controlplane.web.Right;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What programs show instead of an account's password: API tokens, and deploy passwords for git.
 *
 * <p>They are looked up for every request, so that one that is removed is worth nothing from the
 * next request on, and never opens more than its account may do at that moment.
 */
public final class ApiTokens {
  /** An account's tokens at most. */
  static final int MOST = 100;

  private final Database database;
  private final SecureRandom random;
  private final Audit audit;

  /** Manages the tokens of a database. */
  public ApiTokens(Database database, SecureRandom random) {
    this.database = database;
    this.random = random;
    this.audit = new Audit(database);
  }

  /**
   * A token that is to be made.
   *
   * @param account whose it is
   * @param owner the only one that it is good for; null means each of the account's
   * @param lifetime null means for ever
   */
  public record Wanted(
      String account,
      String name,
      Scope scope,
      @Nullable OwnerName owner,
      @Nullable Duration lifetime) {
    public Wanted {
      TokenName.check(name);
    }
  }

  /**
   * A token in the list.
   *
   * @param owner the only one that it is good for; null means each of the account's
   * @param expiresAt null means never
   * @param usedAt null means not yet
   */
  public record Listed(
      String account,
      String name,
      String scope,
      @Nullable String owner,
      Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant usedAt) {}

  /** What somebody is who shows a token. */
  record Shown(Actor actor, Scope scope) {}

  /**
   * Whose token this is; nobody's if there is none, it expired, or the account is disabled. When it
   * was used last is written once a minute at most.
   */
  Mono<Shown> find(Token shown) {
    return database.one(
        """
        WITH used AS (
          UPDATE credentials SET last_used_at = now()
          WHERE sha256 = :sha256 AND (expires_at IS NULL OR expires_at > now())
            AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute'))
        SELECT a.id, a.name, a.administrator, c.scope, c.owner_id
        FROM credentials c JOIN accounts a ON a.id = c.account_id
        WHERE c.sha256 = :sha256 AND a.enabled AND (c.expires_at IS NULL OR c.expires_at > now())
        """,
        Map.of("sha256", shown.sha256()),
        ApiTokens::shown);
  }

  private static Shown shown(Row row) {
    Scope scope = Scope.of(need(row, "scope", String.class)).orElseThrow();
    return new Shown(
        new Actor(
            need(row, "id", Long.class),
            need(row, "name", String.class),
            need(row, "administrator", Boolean.class),
            scope.right(),
            row.get("owner_id", Long.class),
            false),
        scope);
  }

  /** Makes a token; what is returned is kept nowhere. */
  public Mono<Token> add(Wanted wanted, String by) {
    return database.inTransaction(
        accountWithRoom(wanted.account())
            .flatMap(account ->
                ownerId(wanted, account)
                    .flatMap(owner -> insert(account, owner, wanted))
                    .flatMap(token ->
                        audit
                            .done(by, "token.created", wanted.account() + "/" + wanted.name())
                            .thenReturn(token))));
  }

  /** Locked, so that two at once do not make one too many. */
  private Mono<Long> accountWithRoom(String name) {
    return database
        .one(
            "SELECT id FROM accounts WHERE name = :name FOR UPDATE",
            Map.of("name", name),
            row -> need(row, "id", Long.class))
        .switchIfEmpty(Mono.error(() -> Accounts.unknown(name)))
        .filterWhen(id ->
            database.one(
                "SELECT count(*) < " + MOST + " AS room FROM credentials WHERE account_id = :id",
                Map.of("id", id),
                row -> need(row, "room", Boolean.class)))
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has %d tokens already, and more are not possible: remove those that expired."
                        .formatted(name, MOST))));
  }

  private Mono<Optional<Long>> ownerId(Wanted wanted, long account) {
    OwnerName owner = wanted.owner();
    if (owner == null) {
      return Mono.just(Optional.empty());
    }
    return database
        .one(
            "SELECT owner_id FROM owners_of(:account, :roles, NULL) WHERE owner = :owner",
            Map.of(
                "account",
                account,
                "roles",
                Role.having(Right.READ).toArray(String[]::new),
                "owner",
                owner.value()),
            row -> Optional.of(need(row, "owner_id", Long.class)))
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "There is no owner '%s', or %s is no member of it."
                        .formatted(owner, wanted.account()))));
  }

  private Mono<Token> insert(long account, Optional<Long> owner, Wanted wanted) {
    Token token = wanted.scope().random(random);
    return database
        .change(
            """
            INSERT INTO credentials (account_id, owner_id, scope, name, sha256, expires_at)
            VALUES (:account, CAST(:owner AS bigint), :scope, :name, :sha256,
              now() + CAST(:seconds AS double precision) * interval '1 second')
            ON CONFLICT (account_id, name) DO NOTHING
            """,
            Map.of(
                "account",
                account,
                "owner",
                owner.map(String::valueOf),
                "scope",
                wanted.scope().text(),
                "name",
                wanted.name(),
                "sha256",
                token.sha256(),
                "seconds",
                Optional.ofNullable(wanted.lifetime())
                    .map(Duration::toSeconds)
                    .map(String::valueOf)))
        .filter(inserted -> inserted == 1)
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has a token '%s' already: remove it first, or take another name."
                        .formatted(wanted.account(), wanted.name()))))
        .thenReturn(token);
  }

  /** Tokens by account and name, of one account or of all; what they are is kept nowhere. */
  public Flux<Listed> list(@Nullable String account) {
    return database.all(
        """
        SELECT a.name AS account, c.name, c.scope, o.name AS owner, c.created_at, c.expires_at,
          c.last_used_at
        FROM credentials c JOIN accounts a ON a.id = c.account_id
          LEFT JOIN owners o ON o.id = c.owner_id
        WHERE CAST(:account AS text) IS NULL OR a.name = :account
        ORDER BY a.name, c.name
        """,
        Map.of("account", Optional.ofNullable(account)),
        row ->
            new Listed(
                need(row, "account", String.class),
                need(row, "name", String.class),
                need(row, "scope", String.class),
                row.get("owner", String.class),
                need(row, "created_at", OffsetDateTime.class).toInstant(),
                moment(row, "expires_at"),
                moment(row, "last_used_at")));
  }

  private static @Nullable Instant moment(Row row, String column) {
    OffsetDateTime at = row.get(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  /** Removes a token: it is worth nothing from the next request on. */
  public Mono<Void> remove(String account, String name, String by) {
    return database.inTransaction(
        database
            .change(
                "DELETE FROM credentials c USING accounts a"
                    + " WHERE a.id = c.account_id AND a.name = :account AND c.name = :name",
                Map.of("account", account, "name", name))
            .filter(removed -> removed == 1)
            .switchIfEmpty(
                Mono.error(() ->
                    new Refused(
                        "%s has no token '%s': look for a typing error.".formatted(account, name))))
            .then(audit.done(by, "token.removed", account + "/" + name)));
  }
}
