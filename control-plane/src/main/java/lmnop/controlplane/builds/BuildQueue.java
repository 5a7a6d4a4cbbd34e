package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The builds under way: where each stands, and when it is expected to be live.
 *
 * <p>How long a build takes is told by the last ones of the same repository that went live. Nothing
 * is kept of what is told: whoever asks again is told what is known then.
 */
public final class BuildQueue {
  /**
   * A build that has not ended.
   *
   * @param since when it was pushed
   * @param place its place among those that wait for a builder, from 1 on; 0 if it does not wait
   * @param waiting how many wait in all
   * @param left until it is live; null if none of its repository ever was
   */
  public record Underway(
      long id,
      String owner,
      String repository,
      String commit,
      String pusher,
      Build.State state,
      Instant since,
      int place,
      int waiting,
      @Nullable Duration left) {}

  /**
   * A build as it stands in the tables.
   *
   * @param usual how long builds of its repository take; null if that is not known
   * @param running for how long it has been worked on
   */
  private record Stored(Underway build, @Nullable Duration usual, Duration running) {
    /** How long it will be worked on yet; what is not known is taken to be like the others. */
    Duration rest(Duration others) {
      Duration rest = (usual == null ? others : usual).minus(running);
      return rest.isNegative() ? Duration.ZERO : rest;
    }
  }

  private static final String UNDERWAY =
      """
      WITH underway AS (
        SELECT * FROM builds WHERE state IN ('WAITING', 'BUILDING', 'RELEASING')),
      usual AS (
        SELECT r.repository_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY last.took) AS seconds
        FROM (SELECT DISTINCT repository_id FROM underway) r, LATERAL (
          SELECT extract(epoch FROM b.finished_at - b.started_at) AS took %s LIMIT 10) last
        GROUP BY r.repository_id)
      SELECT b.id, o.name AS owner, r.name AS repository, b.commit, b.pusher, b.state,
        b.created_at, coalesce(t.place, 0)::int AS place, count(t.place) OVER ()::int AS waiting,
        u.seconds::float8 AS usual,
        coalesce(extract(epoch FROM now() - b.started_at), 0)::float8 AS running
      FROM underway b
        JOIN repositories r ON r.id = b.repository_id JOIN owners o ON o.id = r.owner_id
        LEFT JOIN task_order(ARRAY['build'], interval '1 minute') t ON t.id = b.task_id
        LEFT JOIN usual u ON u.repository_id = b.repository_id
      ORDER BY t.place NULLS FIRST, b.id
      """
          .formatted(NewestBuilds.of("r.repository_id", "b.state = 'LIVE'"));

  private final Database database;

  public BuildQueue(Database database) {
    this.database = database;
  }

  /** All builds under way: first what is worked on, then what waits, in its order. */
  public Mono<List<Underway>> underway() {
    return database
        .all(UNDERWAY, Map.of(), BuildQueue::stored)
        .collectList()
        .map(BuildQueue::expected);
  }

  /** One build, if it is under way. */
  public Mono<Underway> underway(long build) {
    return underway().flatMapIterable(all -> all).filter(one -> one.id() == build).next();
  }

  /**
   * Those that wait begin when those before them have gone through as many builders as work now.
   */
  private static List<Underway> expected(List<Stored> builds) {
    Duration others = average(builds);
    long builders =
        Math.max(1, builds.stream().filter(b -> b.build().state() == Build.State.BUILDING).count());
    Duration before = Duration.ZERO;
    List<Underway> expected = new ArrayList<>();
    for (Stored stored : builds) {
      Duration rest = stored.rest(others);
      boolean waits = stored.build().place() > 0;
      Duration left = waits ? before.dividedBy(builders).plus(rest) : rest;
      if (waits || stored.build().state() == Build.State.BUILDING) {
        before = before.plus(rest);
      }
      expected.add(stored.usual() == null ? stored.build() : with(stored.build(), left));
    }
    return expected;
  }

  private static Duration average(List<Stored> builds) {
    double millis =
        builds.stream()
            .map(Stored::usual)
            .mapToLong(usual -> usual == null ? 0 : usual.toMillis())
            .filter(known -> known > 0)
            .average()
            .orElse(0);
    return Duration.ofMillis((long) millis);
  }

  private static Underway with(Underway build, Duration left) {
    return new Underway(
        build.id(),
        build.owner(),
        build.repository(),
        build.commit(),
        build.pusher(),
        build.state(),
        build.since(),
        build.place(),
        build.waiting(),
        left);
  }

  private static Stored stored(Row row) {
    Double usual = row.get("usual", Double.class);
    Underway build =
        new Underway(
            need(row, "id", Long.class),
            need(row, "owner", String.class),
            need(row, "repository", String.class),
            need(row, "commit", String.class),
            need(row, "pusher", String.class),
            Build.State.valueOf(need(row, "state", String.class)),
            need(row, "created_at", Instant.class),
            need(row, "place", Integer.class),
            need(row, "waiting", Integer.class),
            null);
    return new Stored(
        build, usual == null ? null : seconds(usual), seconds(need(row, "running", Double.class)));
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis((long) (seconds * 1000));
  }
}
