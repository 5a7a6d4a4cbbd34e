package lmnop.controlplane.scaling;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/**
 * Asks the provider for instances, within what the function's configuration allows. A number that
 * somebody asked for stays until it is given back: then the load says how many. Everything here
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

  /** A number that somebody set. */
  private record Chosen(int instances, String actor) {}

  /** What runs a revision that gets traffic. */
  private record Running(
      long function,
      int number,
      String namespace,
      String workload,
      @Nullable Integer min,
      @Nullable Integer max) {
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
    if (!choose(running, instances, actor)) {
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

  /**
   * The number is noted first, so that the loop does not change it meanwhile. None is what sleeps
   * until its next request, and then follows its load.
   */
  private boolean choose(Running running, int instances, String actor) {
    Optional<Chosen> before = chosen(running.function());
    note(running.function(), new Chosen(instances, actor));
    boolean done = false;
    try {
      done = provider.scale(running.workload(), running.namespace(), instances);
    } finally {
      if (!done) {
        note(running.function(), before.orElse(new Chosen(0, actor)));
      }
    }
    return done;
  }

  /** Lets the load say again how many instances run; gives who had set a number. */
  public Optional<String> giveBack(OwnerName owner, FunctionName function, String actor) {
    return database
        .inTransaction(
            database
                .one(
                    """
                    DELETE FROM scale_overrides s USING functions f, owners o
                    WHERE f.id = s.function_id AND o.id = f.owner_id
                      AND o.name = :owner AND f.name = :function
                    RETURNING s.actor
                    """,
                    Map.of("owner", owner.value(), "function", function.value()),
                    row -> need(row, "actor", String.class))
                .flatMap(before ->
                    audit
                        .done(
                            actor,
                            "function.scaled",
                            owner + "/" + function,
                            Map.of("instances", "by load"))
                        .thenReturn(before)))
        .blockOptional(ANSWER);
  }

  private Optional<Chosen> chosen(long function) {
    return database
        .one(
            "SELECT instances, actor FROM scale_overrides WHERE function_id = :function",
            Map.of("function", function),
            row ->
                new Chosen(need(row, "instances", Integer.class), need(row, "actor", String.class)))
        .blockOptional(ANSWER);
  }

  private void note(long function, Chosen chosen) {
    if (chosen.instances() == 0) {
      database
          .change(
              "DELETE FROM scale_overrides WHERE function_id = :function",
              Map.of("function", function))
          .block(ANSWER);
      return;
    }
    database
        .change(
            """
            INSERT INTO scale_overrides (function_id, instances, actor)
            VALUES (:function, :instances, :actor)
            ON CONFLICT (function_id) DO UPDATE
              SET instances = :instances, actor = :actor, at = now()
            """,
            Map.of("function", function, "instances", chosen.instances(), "actor", chosen.actor()))
        .block(ANSWER);
  }

  private Running running(OwnerName owner, FunctionName function, @Nullable Integer revision) {
    List<Running> all =
        Objects.requireNonNull(
            database
                .all(
                    """
                    SELECT f.id, v.number, t.namespace, t.workload,
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
                            need(row, "id", Long.class),
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
