package lmnop.registry.table;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
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
 * second, and after an outage the log tells what was missed. Where the log does not reach back so
 * far, every entry is read again, one by one, and serves as it is until then.
 */
public final class ChangeFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /**
   * A quarter of a router's connections: the others are for look-ups of what nobody knows yet, and
   * those do not wait while a database that has been quiet lets in many at once.
   */
  private static final int TOGETHER = 2;

  private static final int AT_START = 1000;

  private record Reading(String history, long number) {}

  private final ChangeLog changes;
  private final RouteTable table;
  private final EarlyLoads early;
  private final RouterPresence presence;
  private final InstantSource clock;
  private final LongAdder unreadable = new LongAdder();
  private final Loop loop;
  private final Notices notices;
  private Instant beaten = Instant.EPOCH;

  /** Up to where entries are being read one by one; null while the log tells enough. */
  private @Nullable Reading reading;

  private final CountDownLatch started = new CountDownLatch(1);
  private volatile boolean connected;
  private volatile boolean closed;
  private boolean away;

  private ChangeFeed(
      Database database, RouteTable table, RouterPresence presence, InstantSource clock) {
    this.changes = new ChangeLog(database);
    this.table = table;
    this.early = new EarlyLoads(table);
    this.presence = presence;
    this.clock = clock;
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
                early.notice(payload, loop::nudge);
              }

              @Override
              public void disconnected() {
                connected = false;
              }
            });
  }

  /** Starts to follow the changes, from where the table stands. */
  public static ChangeFeed follow(
      Database database, RouteTable table, RouterPresence presence, InstantSource clock) {
    return new ChangeFeed(database, table, presence, clock);
  }

  /** Whether the table has joined the feed. */
  public boolean started() {
    return started.getCount() == 0;
  }

  /**
   * Waits until the table has joined the feed, and says whether it has: the database may be away.
   */
  public boolean awaitStarted(Duration atMost) throws InterruptedException {
    return started.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Whether notices arrive at this moment. */
  public boolean connected() {
    return connected;
  }

  /** How often the database had routes that are not understood here. */
  public long unreadable() {
    return unreadable.sum();
  }

  private void round() throws InterruptedException {
    try {
      catchUp();
      beat();
      if (away) {
        away = false;
        log.info("the registry is back, and change {} is in place", table.applied());
      }
    } catch (RuntimeException | ExecutionException | TimeoutException e) {
      log.debug("a look at the changes failed", e);
      if (!away && !closed) {
        away = true;
        log.warn(
            "the registry is away: {} hosts are served as they were at {}: {}",
            table.size(),
            table.asOf(),
            e.toString());
      }
    }
  }

  private void catchUp() throws InterruptedException, ExecutionException, TimeoutException {
    while (true) {
      Instant before = clock.instant();
      ChangeLog.Look look = changes.look(table.applied());
      ChangeLog.Head head = look.head();
      table.providerSilent(head.providerSilent());
      table.routers(head.routers());
      noteWhatIsMissing(look);
      if (reading != null) {
        readOneByOne();
        continue; // from the number that this has reached
      }
      if (!look.next().isEmpty()) {
        apply(look.next(), head.number());
      }
      if (look.next().size() < ChangeLog.AT_ONCE) {
        table.confirm(before);
        started.countDown();
        return;
      }
    }
  }

  /** Where the log does not go on from what is in place here, it cannot tell what to load. */
  private void noteWhatIsMissing(ChangeLog.Look look) {
    ChangeLog.Head head = look.head();
    if (isElsewhere(head)) {
      log.info("joining the history {} of changes at {}", head.history(), head.number());
      table.join(head.number());
      reading = new Reading(head.history(), head.number());
    }
    if (reading != null) {
      return;
    }
    long reached = look.next().isEmpty() ? head.number() : look.next().getFirst().number() - 1;
    if (reached > table.applied()) {
      log.warn(
          "changes {} to {} are gone from the log: every entry is read again",
          table.applied() + 1,
          reached);
      reading = new Reading(head.history(), reached);
    }
  }

  /** Whether the database's numbers do not go on from those that are known here. */
  private boolean isElsewhere(ChangeLog.Head head) {
    Reading underWay = reading;
    return underWay == null
        ? !head.history().equals(table.history()) || head.number() < table.applied()
        : !head.history().equals(underWay.history()) || head.number() < underWay.number();
  }

  /**
   * Reads every entry again that may be older than a change which the log does not tell of. Goes on
   * where it was interrupted.
   */
  private void readOneByOne() throws InterruptedException, ExecutionException, TimeoutException {
    Reading upTo = reading;
    if (upTo == null) {
      return;
    }
    table.announce(upTo.number());
    table.forgetUnknown();
    if (table.freshness() == Freshness.EMPTY) {
      reload(changes.newestHosts(AT_START));
    }
    reload(table.olderThan(upTo.number()));
    table.joined(upTo.history(), upTo.number());
    table.tellAll();
    reading = null;
  }

  private void apply(List<ChangeLog.Change> next, long head)
      throws InterruptedException, ExecutionException, TimeoutException {
    long last = next.getLast().number();
    table.announce(last);
    Set<RouteKey> keys = new HashSet<>();
    for (ChangeLog.Change change : next) {
      keys.addAll(table.affected(change.function(), change.hosts()));
      if (!change.hosts().isEmpty()) {
        table.forgetUnknownNames();
      }
    }
    keys.removeIf(key -> table.includes(key, last, head));
    reload(List.copyOf(keys));
    table.applied(last);
    next.stream()
        .map(ChangeLog.Change::function)
        .filter(Objects::nonNull)
        .distinct()
        .forEach(table::tell);
  }

  /** In portions, so that a change of everything does not take all connections. */
  private void reload(List<RouteKey> keys)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (int from = 0; from < keys.size(); from += TOGETHER) {
      List<CompletableFuture<?>> portion = new ArrayList<>();
      for (RouteKey key : keys.subList(from, Math.min(keys.size(), from + TOGETHER))) {
        portion.add(table.load(key).exceptionallyCompose(failure -> unlessUnreadable(failure)));
      }
      CompletableFuture.allOf(portion.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
      if (Duration.between(beaten, clock.instant()).compareTo(LOOK) > 0) {
        beat(); // this router lives, however long it takes
      }
    }
  }

  /** What is not understood stays as it was, and keeps no other change back. */
  private CompletableFuture<HostRoutes> unlessUnreadable(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    if (failure instanceof UnreadableRoutes || cause instanceof UnreadableRoutes) {
      unreadable.increment();
      log.error("a route is left as it was: {}", cause.getMessage());
      return CompletableFuture.completedFuture(new HostRoutes(0, List.of()));
    }
    return CompletableFuture.failedFuture(failure);
  }

  private void beat() {
    presence.beat(table.applied());
    beaten = clock.instant();
  }

  @Override
  public void close() {
    closed = true;
    notices.close();
    loop.close();
    presence.leave();
  }
}
