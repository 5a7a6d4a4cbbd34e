package lmnop.controlplane.revisions;

import static lmnop.operations.database.Rows.need;

import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;

/** The SQL of promotions: a build of the deployed branch that takes over what a preview's made. */
final class PromotionStore {
  /**
   * What a branch's preview runs.
   *
   * @param functions how many functions its repository has
   */
  record Preview(long revision, String commit, long functions) {}

  /** What is released: a build that has nothing left to do, and its revision. */
  record Promoted(long build, long revision, int number) {}

  private final Database database;

  PromotionStore(Database database) {
    this.database = database;
  }

  /** The preview of a branch, if it lives. */
  Mono<Preview> preview(long function, String branch) {
    return database.one(
        """
        SELECT v.id, v.commit, (SELECT count(*) FROM functions g
                                WHERE g.repository_id = f.repository_id) AS functions
        FROM routes r JOIN revisions v ON v.id = r.revision_id JOIN functions f ON f.id = r.function_id
        WHERE r.function_id = :function AND r.kind = 'preview' AND r.ref = 'refs/heads/' || :branch
          AND r.expires_at > now()
        """,
        Map.of("function", function, "branch", branch),
        row ->
            new Preview(
                need(row, "id", Long.class),
                need(row, "commit", String.class),
                need(row, "functions", Long.class)));
  }

  /** Adds a build of the deployed branch, and the revision that a push of the commit would make. */
  Mono<Promoted> insert(long revision, String actor) {
    return database
        .one(
            """
            INSERT INTO builds (repository_id, ref, commit, pusher, state, held, started_at)
            SELECT r.id, 'refs/heads/' || r.deploy_branch, v.commit, :actor, 'RELEASING', false, now()
            FROM revisions v JOIN functions f ON f.id = v.function_id
              JOIN repositories r ON r.id = f.repository_id
            WHERE v.id = :revision RETURNING id
            """,
            Map.of("revision", revision, "actor", actor),
            row -> need(row, "id", Long.class))
        .flatMap(build -> insertFunction(build, revision).then(insertRevision(build, revision)));
  }

  private Mono<Long> insertFunction(long build, long revision) {
    return database.change(
        """
        INSERT INTO build_functions
          (build_id, function_id, template, template_digest, spec, policy, content)
        SELECT :build, b.function_id, b.template, b.template_digest, b.own_spec, b.own_policy,
          b.content
        FROM build_functions b WHERE b.revision_id = :revision
        """,
        Map.of("build", build, "revision", revision));
  }

  private Mono<Promoted> insertRevision(long build, long preview) {
    return database
        .one(
            """
            INSERT INTO revisions (function_id, number, commit, artifact, artifact_bytes, template,
                                   template_digest, spec, policy, content, build_id)
            SELECT v.function_id,
                   1 + (SELECT max(number) FROM revisions r WHERE r.function_id = v.function_id),
                   v.commit, v.artifact, v.artifact_bytes, b.template, b.template_digest, b.spec,
                   b.policy, b.content, b.build_id
            FROM revisions v JOIN build_functions b ON b.function_id = v.function_id
            WHERE v.id = :preview AND b.build_id = :build
            RETURNING id, number
            """,
            Map.of("preview", preview, "build", build),
            row ->
                new Promoted(
                    build, need(row, "id", Long.class), need(row, "number", Integer.class)))
        .flatMap(promoted ->
            database
                .change(
                    "UPDATE build_functions SET revision_id = :revision WHERE build_id = :build",
                    Map.of("revision", promoted.revision(), "build", build))
                .thenReturn(promoted));
  }
}
