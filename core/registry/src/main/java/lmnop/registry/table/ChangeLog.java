package lmnop.registry.table;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What the database says of changes: which came last, and what each was about. */
final class ChangeLog {
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** How many changes are read together. */
  static final int AT_ONCE = 500;

  /**
   * Where the changes stand.
   *
   * @param history numbers of another history mean nothing here
   * @param providerSilent whether no provider has said for ten seconds that it lives
   * @param routers how many routers live
   */
  record Head(long number, String history, boolean providerSilent, int routers) {}

  /** One change: of a function, or of some hosts, or both. */
  record Change(long number, @Nullable Long function, List<String> hosts) {}

  private final Database database;

  ChangeLog(Database database) {
    this.database = database;
  }

  /**
   * What one look shows: both parts are of the same moment.
   *
   * @param next the next changes after a number, oldest first
   */
  record Look(Head head, List<Change> next) {}

  /** Where the changes stand, and which come after a number. One question: somebody may wait. */
  Look look(long after) {
    List<Look> rows =
        orEmpty(
            answer(
                database
                    .all(
                        """
                        SELECT c.number AS head, history::text AS history,
                          coalesce((SELECT max(heartbeat) < now() - interval '10 seconds'
                            FROM providers), false) AS silent,
                          (SELECT count(*)::int FROM routers
                            WHERE seen_at > now() - interval '60 seconds') AS routers,
                          l.number, l.function_id, l.hosts
                        FROM change_counter c LEFT JOIN LATERAL (
                          SELECT number, function_id, hosts FROM change_log
                          WHERE number > :after ORDER BY number LIMIT %d) l ON true
                        ORDER BY l.number
                        """
                            .formatted(AT_ONCE),
                        Map.of("after", after),
                        ChangeLog::row)
                    .collectList()));
    if (rows.isEmpty()) {
      throw new IllegalStateException("the counter is one row");
    }
    return new Look(
        rows.getFirst().head(), rows.stream().flatMap(row -> row.next().stream()).toList());
  }

  private static Look row(Row row) {
    Head head =
        new Head(
            need(row, "head", Long.class),
            need(row, "history", String.class),
            need(row, "silent", Boolean.class),
            need(row, "routers", Integer.class));
    return new Look(head, row.get("number", Long.class) == null ? List.of() : List.of(change(row)));
  }

  private static Change change(Row row) {
    String[] hosts = row.get("hosts", String[].class);
    return new Change(
        need(row, "number", Long.class),
        row.get("function_id", Long.class),
        hosts == null ? List.of() : List.of(hosts));
  }

  /** The hosts of the newest routes. */
  List<RouteKey> newestHosts(int count) {
    return orEmpty(
        answer(
            database
                .all(
                    "SELECT host FROM routes WHERE function_id IS NOT NULL ORDER BY id DESC LIMIT "
                        + count,
                    Map.of(),
                    row -> (RouteKey) new RouteKey.Host(need(row, "host", String.class)))
                .collectList()));
  }

  /** Waits for an answer, and leaves it on its way where that takes too long. */
  private static <T> @Nullable T answer(Mono<T> asked) {
    try {
      return asked
          .timeout(DatabaseRoutes.GIVE_UP)
          .toFuture()
          .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryUnavailable("the look at the changes was ended", e);
    } catch (ExecutionException e) {
      throw new RegistryUnavailable("the database is away: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new RegistryUnavailable("the database did not answer within " + ANSWER, e);
    }
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
