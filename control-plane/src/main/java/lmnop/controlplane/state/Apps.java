package lmnop.controlplane.state;

import static lmnop.operations.database.Rows.need;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;

/** The other apps, as far as they were heard of within a day. */
public final class Apps {
  private final Database database;

  public Apps(Database database) {
    this.database = database;
  }

  /**
   * A router.
   *
   * @param live whether it counts: the others wait for those that were heard of within a minute
   * @param behind how many changes it has yet to learn of
   */
  public record Router(String id, String address, boolean live, long behind, Instant seenAt) {}

  /**
   * A provider.
   *
   * @param live whether what it says of instances still counts
   * @param engine what it calls what runs instances
   */
  public record Provider(String id, String engine, boolean live, Instant seenAt) {}

  /**
   * Who builds; one that has nothing to build says nothing.
   *
   * @param building whether it does so now
   * @param builds how many it took
   */
  public record Worker(String name, boolean building, long builds, Instant seenAt) {}

  /** All of them at one moment. */
  public record Heard(List<Router> routers, List<Provider> providers, List<Worker> workers) {}

  /** Those that were heard of. */
  public Mono<Heard> heard() {
    return Mono.zip(routers(), providers(), workers())
        .map(found -> new Heard(found.getT1(), found.getT2(), found.getT3()));
  }

  private Mono<List<Router>> routers() {
    return database
        .all(
            """
            SELECT id, management_address, seen_at, seen_at > now() - interval '60 seconds' AS live,
              greatest(0, (SELECT number FROM change_counter) - applied_number) AS behind
            FROM routers WHERE seen_at > now() - interval '1 day' ORDER BY live DESC, id LIMIT 100
            """,
            Map.of(),
            row ->
                new Router(
                    need(row, "id", String.class),
                    need(row, "management_address", String.class),
                    need(row, "live", Boolean.class),
                    need(row, "behind", Long.class),
                    need(row, "seen_at", Instant.class)))
        .collectList();
  }

  private Mono<List<Provider>> providers() {
    return database
        .all(
            """
            SELECT id, orchestration, heartbeat, heartbeat > now() - interval '10 seconds' AS live
            FROM providers WHERE heartbeat > now() - interval '1 day' ORDER BY live DESC, id LIMIT 100
            """,
            Map.of(),
            row ->
                new Provider(
                    need(row, "id", String.class),
                    need(row, "orchestration", String.class),
                    need(row, "live", Boolean.class),
                    need(row, "heartbeat", Instant.class)))
        .collectList();
  }

  private Mono<List<Worker>> workers() {
    return database
        .all(
            """
            SELECT claimed_by, bool_or(state = 'RUNNING') AS building, count(*) AS builds,
              max(coalesce(finished_at, now())) AS seen_at
            FROM tasks WHERE kind = 'build' AND claimed_by IS NOT NULL
              AND created_at > now() - interval '1 day'
            GROUP BY claimed_by ORDER BY building DESC, seen_at DESC LIMIT 100
            """,
            Map.of(),
            row ->
                new Worker(
                    need(row, "claimed_by", String.class),
                    need(row, "building", Boolean.class),
                    need(row, "builds", Long.class),
                    need(row, "seen_at", Instant.class)))
        .collectList();
  }
}
