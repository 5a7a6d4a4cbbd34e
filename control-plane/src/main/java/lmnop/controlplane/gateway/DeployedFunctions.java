package lmnop.controlplane.gateway;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.git.Harmless;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.Wire;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/**
 * Functions as OpenFaaS shows them. What is shown is the revision with the largest share of the
 * traffic; of a function without any, the newest. Everything here blocks.
 */
final class DeployedFunctions {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;

  DeployedFunctions(Database database) {
    this.database = database;
  }

  /** The same with how often it was called. */
  static FunctionStatus counted(FunctionStatus status, Map<String, Double> invocations) {
    return new FunctionStatus(
        status.name(),
        status.image(),
        status.namespace(),
        status.envProcess(),
        status.envVars(),
        status.constraints(),
        status.secrets(),
        status.labels(),
        status.annotations(),
        status.limits(),
        status.requests(),
        status.readOnlyRootFilesystem(),
        invocations.getOrDefault(status.name() + "." + status.namespace(), 0.0),
        status.replicas(),
        status.availableReplicas(),
        status.createdAt());
  }

  /** All of an owner, by name. */
  List<FunctionStatus> list(OwnerName owner) {
    return read(owner, "");
  }

  /** One of them; null if there is none, or nothing was ever deployed. */
  @Nullable FunctionStatus one(OwnerName owner, FunctionName function) {
    List<FunctionStatus> found = read(owner, function.value());
    return found.isEmpty() ? null : found.getFirst();
  }

  /**
   * The repository of a function, also of one of which nothing was deployed yet; empty if there is
   * none.
   */
  Optional<Origin> origin(OwnerName owner, FunctionName function) {
    return database
        .one(
            """
            SELECT f.repository_id, EXISTS (
              SELECT FROM builds b WHERE b.repository_id = f.repository_id) AS built
            FROM functions f JOIN owners o ON o.id = f.owner_id
            WHERE o.name = :owner AND f.name = :function
            """,
            Map.of("owner", owner.value(), "function", function.value()),
            row ->
                new Origin(
                    need(row, "repository_id", Long.class), need(row, "built", Boolean.class)))
        .blockOptional(ANSWER);
  }

  /**
   * Where a function comes from.
   *
   * @param built whether anything was ever built of it
   */
  record Origin(long repository, boolean built) {}

  private List<FunctionStatus> read(OwnerName owner, String function) {
    return Objects.requireNonNull(
        database
            .all(
                """
                SELECT f.name, o.name AS owner, v.number, v.artifact, v.created_at,
                  v.spec::text AS spec, v.deployment::text AS deployment,
                  coalesce(w.replicas, 0) AS replicas, coalesce(w.available, 0) AS available,
                  coalesce(w.reason,
                    CASE WHEN l.state = 'FAILED' THEN 'the last release failed: ' || l.message END) AS note
                FROM functions f JOIN owners o ON o.id = f.owner_id
                JOIN LATERAL (
                  SELECT v.* FROM revisions v
                  LEFT JOIN traffic t ON t.revision_id = v.id AND t.weight > 0
                  WHERE v.function_id = f.id AND v.preview_ref IS NULL
                  ORDER BY t.weight DESC NULLS LAST, v.number DESC LIMIT 1) v ON true
                LEFT JOIN LATERAL (
                  SELECT sum(w.replicas) AS replicas, sum(w.available) AS available,
                    min(w.reason) AS reason
                  FROM traffic t
                  JOIN workloads w ON w.namespace = t.namespace AND w.name = t.workload
                  WHERE t.function_id = f.id AND t.weight > 0) w ON true
                LEFT JOIN LATERAL (
                  SELECT r.state, r.message
                  FROM release_functions p JOIN releases r ON r.id = p.release_id
                  WHERE p.function_id = f.id AND p.weight > 0 ORDER BY r.id DESC LIMIT 1) l ON true
                WHERE o.name = :owner AND (:function = '' OR f.name = :function) ORDER BY f.name
                """,
                Map.of("owner", owner.value(), "function", function),
                DeployedFunctions::status)
            .collectList()
            .block(ANSWER));
  }

  private static FunctionStatus status(Row row) {
    String sent = row.get("deployment", String.class);
    FunctionDeployment shown =
        sent == null ? pushed(row) : Wire.read(sent, FunctionDeployment.class);
    return new FunctionStatus(
        need(row, "name", String.class),
        shown.image(),
        need(row, "owner", String.class),
        Objects.requireNonNullElse(shown.envProcess(), ""),
        Objects.requireNonNullElse(shown.envVars(), Map.of()),
        Objects.requireNonNullElse(shown.constraints(), List.of()),
        Objects.requireNonNullElse(shown.secrets(), List.of()),
        Objects.requireNonNullElse(shown.labels(), Map.of()),
        annotations(row, shown),
        shown.limits(),
        shown.requests(),
        true,
        0,
        need(row, "replicas", Long.class).intValue(),
        need(row, "available", Long.class).intValue(),
        need(row, "created_at", Instant.class));
  }

  /** What a push made, as if it had been deployed in the other way. */
  private static FunctionDeployment pushed(Row row) {
    FunctionConfiguration configuration =
        FunctionConfiguration.fromJson(need(row, "spec", String.class));
    return new FunctionDeployment(
        need(row, "name", String.class),
        need(row, "artifact", String.class),
        null,
        null,
        configuration.environment(),
        null,
        configuration.secrets(),
        configuration.labels(),
        configuration.annotations(),
        resources(configuration.limits()),
        resources(configuration.requests()),
        true);
  }

  private static FunctionResources resources(FunctionConfiguration.Resources resources) {
    return new FunctionResources(
        resources.memoryMebibytes() + "Mi", resources.cpuMillicores() + "m");
  }

  private static Map<String, String> annotations(Row row, FunctionDeployment shown) {
    Map<String, String> annotations =
        new TreeMap<>(Objects.requireNonNullElse(shown.annotations(), Map.of()));
    annotations.put("lmnop.revision", String.valueOf(need(row, "number", Integer.class)));
    annotations.put("lmnop.artifact", need(row, "artifact", String.class));
    String note = row.get("note", String.class);
    if (note != null) {
      annotations.put("lmnop.note", Harmless.plain(note.replace("\n", " ")));
    }
    return annotations;
  }
}
