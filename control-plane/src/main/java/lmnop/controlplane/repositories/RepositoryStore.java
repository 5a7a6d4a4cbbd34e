package lmnop.controlplane.repositories;

import static lmnop.operations.database.Rows.need;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.builds.NewestBuilds;
import lmnop.controlplane.web.Right;
import lmnop.operations.database.Database;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of the browser: which repositories there are, and what became of commits. */
final class RepositoryStore {
  private final Database database;

  RepositoryStore(Database database) {
    this.database = database;
  }

  /** The repositories that the actor may see and whose name or owner has a text in it, by name. */
  Flux<ListedRepository> list(Actor actor, String search, int limit) {
    Map<String, Object> values = new LinkedHashMap<>(actor.having(Right.READ));
    values.put("search", search);
    values.put("limit", (long) limit);
    return database.all(
        """
        SELECT a.owner, r.name, r.deploy_branch,
          ARRAY(SELECT f.name FROM functions f WHERE f.repository_id = r.id ORDER BY f.name)
            AS functions,
          b.id AS build, b.state, b.message, b.commit
        FROM repositories r JOIN %s a ON a.owner_id = r.owner_id
          LEFT JOIN LATERAL (SELECT * %s LIMIT 1) b ON true
        WHERE strpos(a.owner || '/' || r.name, lower(:search)) > 0
        ORDER BY a.owner, r.name LIMIT :limit
        """
            .formatted(Actor.OWNERS, NewestBuilds.of("r.id", "true")),
        values,
        row ->
            new ListedRepository(
                need(row, "owner", String.class),
                need(row, "name", String.class),
                need(row, "deploy_branch", String.class),
                List.of(need(row, "functions", String[].class)),
                new Outcome(
                    row.get("build", Long.class),
                    row.get("state", String.class),
                    row.get("message", String.class),
                    List.of())));
  }

  private record Built(String commit, Outcome outcome) {}

  private record Serving(String commit, String share) {}

  /** What became of commits, as far as something did. */
  Mono<Map<String, Outcome>> outcomes(long repository, Collection<String> commits) {
    Map<String, Object> values =
        Map.of("repository", repository, "commits", commits.toArray(String[]::new));
    Mono<List<Built>> built =
        database
            .all(
                """
                SELECT DISTINCT ON (commit) commit, id, state, message FROM builds
                WHERE repository_id = :repository AND commit = ANY (:commits)
                ORDER BY commit, id DESC
                """,
                values,
                row ->
                    new Built(
                        need(row, "commit", String.class),
                        new Outcome(
                            row.get("id", Long.class),
                            row.get("state", String.class),
                            row.get("message", String.class),
                            List.of())))
            .collectList();
    Mono<List<Serving>> serving =
        database
            .all(
                """
                SELECT v.commit, f.name || CASE sum(t.weight) WHEN 100 THEN ''
                  ELSE ' ' || sum(t.weight) || ' %' END AS share
                FROM functions f JOIN traffic t ON t.function_id = f.id AND t.weight > 0
                  JOIN revisions v ON v.id = t.revision_id
                WHERE f.repository_id = :repository AND v.commit = ANY (:commits)
                GROUP BY v.commit, f.name ORDER BY f.name
                """,
                values,
                row ->
                    new Serving(
                        need(row, "commit", String.class), need(row, "share", String.class)))
            .collectList();
    return Mono.zip(built, serving, RepositoryStore::joined);
  }

  private static Map<String, Outcome> joined(List<Built> built, List<Serving> serving) {
    Map<String, Outcome> outcomes = new HashMap<>();
    built.forEach(one -> outcomes.put(one.commit(), one.outcome()));
    for (Serving one : serving) {
      outcomes.merge(
          one.commit(),
          new Outcome(null, null, null, List.of(one.share())),
          RepositoryStore::withShares);
    }
    return outcomes;
  }

  private static Outcome withShares(Outcome first, Outcome second) {
    List<String> shares = new ArrayList<>(first.serving());
    shares.addAll(second.serving());
    return new Outcome(first.build(), first.state(), first.message(), shares);
  }
}
