package lmnop.controlplane.scaling;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/**
 * Asks the provider for instances, within what the function's configuration allows. Everything here
 * blocks.
 */
public final class Scaling {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final int USUAL_MAX = 20; // the provider's, where function.yml says none

  private final Database database;
  private final FunctionProvider provider;
  private final Audit audit;

  public Scaling(Database database, FunctionProvider provider) {
    this.database = database;
    this.provider = provider;
    this.audit = new Audit(database);
  }

  /** What runs a revision that gets traffic. */
  private record Running(
      int number, String namespace, String workload, @Nullable Integer min, @Nullable Integer max) {
    int fewest() {
      return min == null ? 0 : min;
    }

    int most() {
      return max == null ? Math.max(USUAL_MAX, fewest()) : max;
    }
  }

  /**
   * Has so many instances of a revision run.
   *
   * @param revision that gets traffic; null is the one with the largest share
   */
  public Scaled scale(
      OwnerName owner,
      FunctionName function,
      @Nullable Integer revision,
      int instances,
      String actor) {
    Running running = running(owner, function, revision);
    if (instances < running.fewest() || instances > running.most()) {
      throw new Refused(
          "%d instances of %s: its configuration allows %d to %d. Change 'scale' in function.yml, and push."
              .formatted(instances, function, running.fewest(), running.most()));
    }
    if (!provider.scale(running.workload(), running.namespace(), instances)) {
      throw new Refused(
          "Revision %d of %s does not run at the moment: ask again in a few seconds."
              .formatted(running.number(), function));
    }
    database
        .inTransaction(
            audit.done(
                actor,
                "function.scaled",
                owner + "/" + function,
                Map.of("revision", running.number(), "instances", instances)))
        .block(ANSWER);
    return new Scaled(running.number(), instances);
  }

  private Running running(OwnerName owner, FunctionName function, @Nullable Integer revision) {
    List<Running> all =
        Objects.requireNonNull(
            database
                .all(
                    """
                    SELECT v.number, t.namespace, t.workload,
                      CAST(v.spec -> 'scale' ->> 'min' AS int) AS min,
                      CAST(v.spec -> 'scale' ->> 'max' AS int) AS max
                    FROM functions f JOIN owners o ON o.id = f.owner_id
                      JOIN traffic t ON t.function_id = f.id AND t.weight > 0
                      JOIN revisions v ON v.id = t.revision_id
                    WHERE o.name = :owner AND f.name = :function
                    ORDER BY t.weight DESC, v.number DESC
                    """,
                    Map.of("owner", owner.value(), "function", function.value()),
                    row ->
                        new Running(
                            need(row, "number", Integer.class),
                            need(row, "namespace", String.class),
                            need(row, "workload", String.class),
                            row.get("min", Integer.class),
                            row.get("max", Integer.class)))
                .collectList()
                .block(ANSWER));
    return all.stream()
        .filter(one -> revision == null || one.number() == revision)
        .findFirst()
        .orElseThrow(() ->
            new Refused(
                revision == null
                    ? "No revision of %s gets traffic: push it first.".formatted(function)
                    : "Revision %d of %s gets no traffic: give it a share first."
                        .formatted(revision, function)));
  }
}
