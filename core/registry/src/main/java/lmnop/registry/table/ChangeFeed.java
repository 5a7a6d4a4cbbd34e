package lmnop.registry.table;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lmnop.operations.database.Database;
import lmnop.operations.database.Notices;
import lmnop.operations.lifecycle.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link RouteTable} fresh: reads the change log by number, reloads what a change concerns,
 * and says which number is in place.
 *
 * <p>A notice only makes it look sooner. It looks once a second anyway, so a lost notice costs a
 * second, and after an outage the log tells what was missed.
 */
public final class ChangeFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final int AT_ONCE = 500;
  private static final int AT_START = 1000;

  private record Change(long number, @Nullable Long function, List<String> hosts) {}

  private final Database database;
  private final RouteTable table;
  private final RouterPresence presence;
  private final Loop loop;
  private final Notices notices;
  private volatile boolean started;
  private volatile boolean connected;

  private ChangeFeed(Database database, RouteTable table, RouterPresence presence) {
    this.database = database;
    this.table = table;
    this.presence = presence;
    this.loop = Loop.start("change-feed", LOOK, this::round);
    this.notices =
        Notices.listen(
            database,
            List.of("lmnop_changes"),
            new Notices.Listener() {
              @Override
              public void connected() {
                connected = true;
                loop.nudge();
              }

              @Override
              public void notice(String channel, String payload) {
                loop.nudge();
              }

              @Override
              public void disconnected() {
                connected = false;
              }
            });
  }

  /** Starts to follow the changes. */
  public static ChangeFeed follow(Database database, RouteTable table, RouterPresence presence) {
    return new ChangeFeed(database, table, presence);
  }

  /** Whether the table has joined the feed; what it serves before that is nothing. */
  public boolean started() {
    return started;
  }

  /** Whether notices arrive at this moment. */
  public boolean connected() {
    return connected;
  }

  private void round() throws InterruptedException, ExecutionException, TimeoutException {
    if (!started) {
      Long number =
          database
              .one("SELECT number FROM change_counter", Map.of(), ChangeFeed::counter)
              .block(ANSWER);
      table.startFrom(Objects.requireNonNull(number, "the counter is one row"));
      reload(newestHosts());
      started = true;
    }
    List<Change> changes = changesAfter(table.applied());
    while (!changes.isEmpty()) {
      apply(changes);
      changes = changesAfter(table.applied());
    }
    presence.beat(table.applied());
  }

  /**
   * What a router knows before it takes its first request; the rest is looked up when asked for.
   */
  private List<RouteKey> newestHosts() {
    return Objects.requireNonNullElse(
        database
            .all(
                "SELECT host FROM routes WHERE function_id IS NOT NULL ORDER BY id DESC LIMIT "
                    + AT_START,
                Map.of(),
                row -> (RouteKey) new RouteKey.Host(need(row, "host", String.class)))
            .collectList()
            .block(ANSWER),
        List.of());
  }

  private List<Change> changesAfter(long number) {
    return Objects.requireNonNullElse(
        database
            .all(
                "SELECT number, function_id, hosts FROM change_log WHERE number > :number"
                    + " ORDER BY number LIMIT "
                    + AT_ONCE,
                Map.of("number", number),
                ChangeFeed::change)
            .collectList()
            .block(ANSWER),
        List.of());
  }

  private static Long counter(Row row) {
    return Objects.requireNonNull(row.get(0, Long.class), "the counter is a number");
  }

  private static Change change(Row row) {
    String[] hosts = row.get("hosts", String[].class);
    return new Change(
        Objects.requireNonNull(row.get("number", Long.class), "a change has a number"),
        row.get("function_id", Long.class),
        hosts == null ? List.of() : List.of(hosts));
  }

  private void apply(List<Change> changes)
      throws InterruptedException, ExecutionException, TimeoutException {
    long last = changes.getLast().number();
    table.announce(last);
    Set<RouteKey> keys = new HashSet<>();
    if (changes.getFirst().number() > table.applied() + 1) {
      log.warn(
          "changes {} to {} are gone from the log: everything is read again",
          table.applied() + 1,
          changes.getFirst().number() - 1);
      keys.addAll(table.allKnown());
      table.forgetUnknown();
    }
    for (Change change : changes) {
      keys.addAll(table.affected(change.function(), change.hosts()));
      if (!change.hosts().isEmpty()) {
        table.forgetUnknownNames();
      }
    }
    reload(List.copyOf(keys));
    table.applied(last);
    changes.stream().map(Change::function).filter(Objects::nonNull).distinct().forEach(table::tell);
  }

  /** In portions, so that a change of everything does not take all connections. */
  private void reload(List<RouteKey> keys)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (int from = 0; from < keys.size(); from += 8) {
      List<CompletableFuture<?>> portion = new ArrayList<>();
      for (RouteKey key : keys.subList(from, Math.min(keys.size(), from + 8))) {
        portion.add(table.load(key));
      }
      CompletableFuture.allOf(portion.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    notices.close();
    loop.close();
    presence.leave();
  }
}
