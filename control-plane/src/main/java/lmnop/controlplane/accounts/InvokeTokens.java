package lmnop.controlplane.accounts;

import static lmnop.operations.database.Rows.need;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import lmnop.registry.table.InvokeToken;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The tokens with which an owner's functions are called.
 *
 * <p>Every change is published, so that routers that are connected know it within a moment.
 */
public final class InvokeTokens {
  /** A router compares what it is shown with each of them. */
  static final int MOST = 100;

  private final Database database;
  private final SecureRandom random;
  private final Audit audit;
  private final Owners owners;

  /** Manages the tokens of a database. */
  public InvokeTokens(Database database, SecureRandom random) {
    this.database = database;
    this.audit = new Audit(database);
    this.owners = new Owners(database);
    this.random = random;
  }

  /**
   * A token in the list.
   *
   * @param functions what it opens; empty means every function of the owner
   * @param expiresAt null means never
   */
  public record Listed(
      String owner,
      String name,
      List<String> functions,
      Instant createdAt,
      @Nullable Instant expiresAt) {
    public Listed {
      functions = List.copyOf(functions);
    }
  }

  /**
   * Makes a token; what is returned is kept nowhere.
   *
   * @param functions what it opens; empty means every function of the owner, later ones included
   * @param lifetime null means for ever
   */
  public Mono<Token> add(
      OwnerName owner,
      String name,
      List<String> functions,
      @Nullable Duration lifetime,
      String by) {
    TokenName.check(name);
    Token token = InvokeToken.random(random);
    Mono<Void> adding =
        owners
            .id(owner)
            .flatMap(id ->
                functionIds(owner, id, functions)
                    .flatMap(ids ->
                        checkRoom(owner, id)
                            .then(insert(owner, id, name, token, ids, lifetime))
                            .then(audit.done(by, "token.created", owner + "/" + name))
                            .then(publish(id, ids))));
    return database.inTransaction(adding).thenReturn(token);
  }

  /** The ids as PostgreSQL writes a list of them; nothing for every function. */
  private Mono<Optional<String>> functionIds(OwnerName owner, long id, List<String> functions) {
    if (functions.isEmpty()) {
      return Mono.just(Optional.empty());
    }
    return database
        .all(
            "SELECT id, name FROM functions WHERE owner_id = :owner AND name = ANY (:names)",
            Map.of("owner", id, "names", functions.toArray(String[]::new)),
            row -> Map.entry(need(row, "name", String.class), need(row, "id", Long.class)))
        .collectMap(Map.Entry::getKey, Map.Entry::getValue)
        .map(found -> {
          for (String function : functions) {
            if (!found.containsKey(function)) {
              throw new Refused(
                  "%s has no function '%s': push it first, or look for a typing error."
                      .formatted(owner, function));
            }
          }
          return Optional.of(
              found.values().stream()
                  .map(String::valueOf)
                  .collect(Collectors.joining(",", "{", "}")));
        });
  }

  private Mono<Void> checkRoom(OwnerName owner, long id) {
    return database
        .one(
            "SELECT count(*) AS present FROM invoke_tokens WHERE owner_id = :owner",
            Map.of("owner", id),
            row -> need(row, "present", Long.class))
        .filter(present -> present < MOST)
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has %d tokens already, and more are not possible: remove those that expired."
                        .formatted(owner, MOST))))
        .then();
  }

  private Mono<Void> insert(
      OwnerName owner,
      long id,
      String name,
      Token token,
      Optional<String> functions,
      @Nullable Duration lifetime) {
    return database
        .change(
            """
            INSERT INTO invoke_tokens (owner_id, name, sha256, functions, expires_at)
            VALUES (:owner, :name, :sha256, CAST(:functions AS bigint[]),
              now() + CAST(:seconds AS double precision) * interval '1 second')
            ON CONFLICT (owner_id, name) DO NOTHING
            """,
            Map.of(
                "owner",
                id,
                "name",
                name,
                "sha256",
                token.sha256(),
                "functions",
                functions,
                "seconds",
                Optional.ofNullable(lifetime).map(Duration::toSeconds).map(String::valueOf)))
        .filter(inserted -> inserted == 1)
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has a token '%s' already: remove it first, or take another name."
                        .formatted(owner, name))))
        .then();
  }

  private Mono<Void> publish(long owner, Optional<String> functions) {
    return database
        .one(
            "SELECT publish_token_change(:owner, CAST(:functions AS bigint[])) AS number",
            Map.of("owner", owner, "functions", functions),
            row -> need(row, "number", Long.class))
        .then();
  }

  /** All tokens, of one owner or of all; what they are is kept nowhere. */
  public Flux<Listed> list(@Nullable OwnerName owner) {
    return database.all(
        """
        SELECT o.name AS owner, i.name, i.created_at, i.expires_at,
          CASE WHEN i.functions IS NULL THEN '{}' ELSE ARRAY(
            SELECT coalesce(f.name, 'a function that is gone')
            FROM unnest(i.functions) AS wanted (id)
              LEFT JOIN functions f ON f.id = wanted.id ORDER BY f.name) END AS functions
        FROM invoke_tokens i JOIN owners o ON o.id = i.owner_id
        WHERE CAST(:owner AS text) IS NULL OR o.name = :owner
        ORDER BY o.name, i.name
        """,
        Map.of("owner", Optional.ofNullable(owner).map(OwnerName::value)),
        row ->
            new Listed(
                need(row, "owner", String.class),
                need(row, "name", String.class),
                List.of(need(row, "functions", String[].class)),
                need(row, "created_at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(row.get("expires_at", OffsetDateTime.class))
                    .map(OffsetDateTime::toInstant)
                    .orElse(null)));
  }

  /** Removes a token: routers that are connected refuse it within a moment. */
  public Mono<Void> remove(OwnerName owner, String name, String by) {
    Mono<Void> removing =
        owners
            .id(owner)
            .flatMap(id ->
                database
                    .one(
                        "DELETE FROM invoke_tokens WHERE owner_id = :owner AND name = :name"
                            + " RETURNING coalesce(functions::text, '') AS functions",
                        Map.of("owner", id, "name", name),
                        row -> need(row, "functions", String.class))
                    .switchIfEmpty(
                        Mono.error(() ->
                            new Refused(
                                "%s has no token '%s': ./lmnop token list shows all."
                                    .formatted(owner, name))))
                    .flatMap(functions ->
                        audit
                            .done(by, "token.removed", owner + "/" + name)
                            .then(publish(id, Optional.of(functions).filter(f -> !f.isEmpty())))));
    return database.inTransaction(removing);
  }
}
