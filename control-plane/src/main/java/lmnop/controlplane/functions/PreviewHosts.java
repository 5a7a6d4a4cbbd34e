package lmnop.controlplane.functions;

import static lmnop.operations.database.Rows.need;

import java.util.List;
import java.util.Map;
import lmnop.operations.archive.Digest;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The hosts of previews, one for each function and branch. They are reserved before anything runs
 * that they may lead to, so that two pushes at once count each other. Every method is part of the
 * surrounding transaction.
 */
public final class PreviewHosts {
  private static final int ATTEMPTS = 4; // 40 bits are seldom the same

  /**
   * How many previews there may be at once.
   *
   * @param perFunction of one function; 0 allows none
   * @param perOwner of all functions of one owner; 0 allows none
   */
  public record Limits(int perFunction, int perOwner) {}

  private record Serving(long id, String owner, boolean serves) {}

  private record Count(long ofFunction, long ofOwner, List<String> branches) {}

  private final Database database;
  private final String appsDomain;

  PreviewHosts(Database database, String appsDomain) {
    this.database = database;
    this.appsDomain = appsDomain;
  }

  /**
   * Makes sure that a branch has a host for its preview, the one that it had before if it has one.
   *
   * <p>Fails with {@link PreviewRefused} if the function was never released, or has enough.
   */
  public Mono<Claimed> claim(long repository, FunctionName function, String ref, Limits limits) {
    return lockOwner(repository)
        .then(function(repository, function))
        .filter(Serving::serves)
        .switchIfEmpty(
            Mono.error(() ->
                new PreviewRefused(
                    "nothing of %s was released yet, so there is nothing to preview a change of:"
                            .formatted(function)
                        + " push the branch that is deployed first")))
        .flatMap(serving ->
            existing(serving.id(), ref)
                .switchIfEmpty(
                    Mono.defer(() ->
                        count(serving)
                            .flatMap(count -> refuseTooMany(function, serving, count, limits))
                            .then(insert(serving.id(), function, ref))))
                .map(host -> new Claimed(serving.id(), false, List.of(host))));
  }

  /** Whoever reserves next for the same owner waits, and then counts this one. */
  private Mono<Long> lockOwner(long repository) {
    return database.one(
        """
        SELECT o.id FROM owners o JOIN repositories r ON r.owner_id = o.id
        WHERE r.id = :repository FOR NO KEY UPDATE OF o
        """,
        Map.of("repository", repository),
        row -> need(row, "id", Long.class));
  }

  private Mono<Serving> function(long repository, FunctionName function) {
    return database.one(
        """
        SELECT f.id, o.name AS owner,
          EXISTS (SELECT FROM traffic t WHERE t.function_id = f.id AND t.weight > 0) AS serves
        FROM functions f JOIN owners o ON o.id = f.owner_id
        WHERE f.repository_id = :repository AND f.name = :function
        """,
        Map.of("repository", repository, "function", function.value()),
        row ->
            new Serving(
                need(row, "id", Long.class),
                need(row, "owner", String.class),
                need(row, "serves", Boolean.class)));
  }

  private Mono<String> existing(long function, String ref) {
    return database.one(
        """
        SELECT host FROM routes WHERE function_id = :function AND kind = 'preview' AND ref = :ref
        FOR UPDATE
        """,
        Map.of("function", function, "ref", ref),
        row -> need(row, "host", String.class));
  }

  private Mono<Count> count(Serving serving) {
    return database.one(
        """
        SELECT count(*) FILTER (WHERE r.function_id = f.id) AS of_function, count(r.id) AS of_owner,
          ARRAY(SELECT substr(p.ref, 12) FROM routes p
                WHERE p.function_id = f.id AND p.kind = 'preview'
                ORDER BY p.expires_at NULLS LAST LIMIT 3) AS branches
        FROM functions f
          LEFT JOIN functions g ON g.owner_id = f.owner_id
          LEFT JOIN routes r ON r.function_id = g.id AND r.kind = 'preview'
            AND (r.expires_at IS NULL OR r.expires_at > now())
        WHERE f.id = :function GROUP BY f.id
        """,
        Map.of("function", serving.id()),
        row ->
            new Count(
                need(row, "of_function", Long.class),
                need(row, "of_owner", Long.class),
                List.of(need(row, "branches", String[].class))));
  }

  private static Mono<Void> refuseTooMany(
      FunctionName function, Serving serving, Count count, Limits limits) {
    if (limits.perFunction() == 0 || limits.perOwner() == 0) {
      return Mono.error(new PreviewRefused("this platform's operator allows no previews"));
    }
    if (count.ofFunction() >= limits.perFunction()) {
      return Mono.error(
          new PreviewRefused(
              "%s has %d previews, as many as there may be: delete a branch, as %s with git push --delete, or wait until one ends"
                  .formatted(function, count.ofFunction(), count.branches().getFirst())));
    }
    return count.ofOwner() >= limits.perOwner()
        ? Mono.error(
            new PreviewRefused(
                "the functions of %s have %d previews together, as many as there may be: delete branches, or wait until one ends"
                    .formatted(serving.owner(), count.ofOwner())))
        : Mono.empty();
  }

  private Mono<String> insert(long function, FunctionName name, String ref) {
    return Flux.range(0, ATTEMPTS)
        .map(attempt -> Digest.of("preview %d %s %d".formatted(function, ref, attempt)).hex())
        .map(hex -> Base32.lower(hex, 8) + "--" + name + "." + appsDomain)
        .concatMap(host -> insert(function, ref, host))
        .next()
        .switchIfEmpty(
            Mono.error(
                () -> new PreviewRefused("no host is left for its preview: rename the branch")));
  }

  private Mono<String> insert(long function, String ref, String host) {
    return database.one(
        """
        INSERT INTO routes (host, kind, function_id, ref, verified)
        VALUES (:host, 'preview', :function, :ref, false)
        ON CONFLICT (host, path_prefix) DO NOTHING RETURNING host
        """,
        Map.of("host", host, "function", function, "ref", ref),
        row -> need(row, "host", String.class));
  }
}
