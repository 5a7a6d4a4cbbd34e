package lmnop.controlplane.gateway;

import static lmnop.operations.database.Rows.need;

import java.util.Map;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.functions.LockedFunction;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Mono;

/**
 * The SQL of deployments that no push made. Every method is part of the surrounding transaction.
 */
final class DeploymentStore {
  private final Database database;

  DeploymentStore(Database database) {
    this.database = database;
  }

  /** Whether exactly this has all of the traffic, and no release is about to change that. */
  Mono<Boolean> isServing(LockedFunction function, String artifact, String deployment) {
    return database.one(
        """
        SELECT EXISTS (
          SELECT FROM traffic t JOIN revisions v ON v.id = t.revision_id
          WHERE t.function_id = :function AND t.weight = 100
            AND v.artifact = :artifact AND v.deployment = CAST(:deployment AS jsonb))
          AND NOT EXISTS (
            SELECT FROM releases r WHERE r.repository_id = :repository
              AND r.state NOT IN ('DONE', 'FAILED')) AS serving
        """,
        Map.of(
            "function",
            function.id(),
            "repository",
            function.repositoryId(),
            "artifact",
            artifact,
            "deployment",
            deployment),
        row -> need(row, "serving", Boolean.class));
  }

  /** The template of an artifact that a kept revision of this owner has; it is kept meanwhile. */
  Mono<String> templateOf(OwnerName owner, String artifact) {
    return database.one(
        """
        SELECT v.template FROM revisions v
        JOIN functions f ON f.id = v.function_id JOIN owners o ON o.id = f.owner_id
        WHERE o.name = :owner AND v.artifact = :artifact AND v.dropped_at IS NULL
        ORDER BY v.id DESC LIMIT 1 FOR SHARE OF v
        """,
        Map.of("owner", owner.value(), "artifact", artifact),
        row -> need(row, "template", String.class));
  }

  /** Adds the next revision of a function; returns its id. */
  Mono<Long> insertRevision(
      LockedFunction function,
      String template,
      String artifact,
      FunctionConfiguration configuration,
      String deployment) {
    return database.one(
        """
        INSERT INTO revisions (function_id, number, artifact, template, spec, policy, deployment)
        SELECT :function, 1 + coalesce(max(number), 0), :artifact, :template,
          CAST(:spec AS jsonb), CAST(:policy AS jsonb), CAST(:deployment AS jsonb)
        FROM revisions WHERE function_id = :function
        RETURNING id
        """,
        Map.of(
            "function",
            function.id(),
            "artifact",
            artifact,
            "template",
            template,
            "spec",
            configuration.toJson(),
            "policy",
            configuration.policyJson(),
            "deployment",
            deployment),
        row -> need(row, "id", Long.class));
  }
}
