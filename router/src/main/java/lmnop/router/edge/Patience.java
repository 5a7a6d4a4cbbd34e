package lmnop.router.edge;

import java.time.Duration;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.balance.Share;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;

/** How long a request has waited for what, and how long it may. */
final class Patience {
  private static final long SILENCE = Duration.ofMillis(200).toNanos();
  private static final long FOREVER = Duration.ofDays(3650).toNanos();

  /** Where those wait who want the inner gateway; functions and previews have other numbers. */
  private static final long GATEWAY = 0;

  private final Exchange exchange;
  private final long begun = System.nanoTime();
  private long servedFrom = begun;
  private long moved = begun;
  private long looked = begun;
  private boolean broken;

  private @Nullable Share awaited;
  private long waitingSince;
  private boolean hasPlace;
  private long queue;
  private int refusals;
  private long refusedSince;
  private long waited;
  private boolean waitedForAStart;

  Patience(Exchange exchange) {
    this.exchange = exchange;
  }

  /** The time that the request took without what it waited for an instance. */
  long servedNanos() {
    return System.nanoTime() - servedFrom;
  }

  /** The time since the request came. */
  long totalNanos() {
    return System.nanoTime() - begun;
  }

  /** The time that it waited for an instance; 0 where one was there. */
  long waitedNanos() {
    return waited;
  }

  /** Whether there was no instance at all when it began to wait. */
  boolean waitedForAStart() {
    return waitedForAStart;
  }

  /** Something of the request or its answer moved. */
  void moved() {
    moved = System.nanoTime();
  }

  /** An instance refused the connection. */
  void refused() {
    if (refusals == 0) {
      refusedSince = System.nanoTime();
    }
    refusals++;
  }

  int refusals() {
    return refusals;
  }

  // ── waiting for an instance ──────────────────────────────────────────────────────────────────

  /** Queues for an instance; returns false if too many do already. */
  boolean await(Share share) {
    if (!hasPlace) {
      int places = exchange.lane().settings().waiting();
      if (share.isBusy(System.nanoTime())) {
        places = share.queue(places);
      }
      if (!takesPlace(exchange.traffic().queue(), places)) {
        return false;
      }
      share.workload().await();
      waitedForAStart |= !share.hasInstances();
    }
    Share before = awaited;
    if (before != null && before.workload() != share.workload()) { // the traffic went elsewhere
      before.workload().awaited();
      share.workload().await();
    }
    awaited = share;
    exchange.lane().await(queue, exchange);
    return true;
  }

  /** Queues for the inner gateway while it starts; returns false if too many do already. */
  boolean awaitGateway() {
    if (!hasPlace && !takesPlace(GATEWAY, exchange.lane().settings().waiting())) {
      return false;
    }
    exchange.lane().await(queue, exchange);
    return true;
  }

  private boolean takesPlace(long wanted, int places) {
    if (!exchange.lane().room().enter(wanted, places)) {
      return false;
    }
    hasPlace = true;
    queue = wanted;
    waitingSince = System.nanoTime();
    return true;
  }

  boolean isWaiting() {
    return hasPlace;
  }

  /** Gives the place up: an instance was chosen, or the request ended. */
  void waitingIsOver() {
    if (!hasPlace) {
      return;
    }
    hasPlace = false;
    Share share = awaited;
    if (share != null) {
      share.workload().awaited();
    }
    awaited = null;
    exchange.lane().room().leave(queue);
    exchange.lane().leaveQueue(queue, exchange);
    long now = System.nanoTime();
    waited += Math.max(1, now - waitingSince);
    exchange.lane().context().metrics().waited(now - waitingSince);
    servedFrom = now;
    moved = now;
  }

  /**
   * Whether those who wait with this request should look again: there is a newer snapshot, one that
   * refused may be tried again, or the provider may be asked again.
   */
  boolean shouldLookAgain(long now) {
    Share share = awaited;
    return share == null || exchange.isOutdated() || !share.hasInstances() || share.canChoose(now);
  }

  // ── deadlines ────────────────────────────────────────────────────────────────────────────────

  /** Returns the outcome of a request whose time is over, or null while it has some left. */
  @Nullable Outcome overdue(long now) {
    Share share = awaited;
    RoutePolicy policy = share == null ? exchange.policy() : share.policy();
    Long total = policy.totalTimeoutMillis();
    if (total != null && now - begun > total * 1_000_000L) {
      return Outcome.TOTAL_TIME_OVER;
    }
    if (share != null) {
      return overdueWaiting(share, now);
    }
    if (hasPlace) {
      boolean over = now - waitingSince > exchange.lane().settings().waitTime().toNanos();
      return over ? Outcome.PORTAL_STARTING : null;
    }
    Callee origin = exchange.origin();
    if (origin == null) {
      return null;
    }
    if (isBroken(origin, now)) {
      return exchange.answer().isStarted() ? Outcome.ANSWER_BROKEN : Outcome.CONNECTION_BROKEN;
    }
    return now - moved <= allowed() ? null : overdueMoving();
  }

  private boolean isBroken(Callee origin, long now) {
    if (now - Math.max(moved, looked) > SILENCE) {
      looked = now;
      broken = origin.isBroken();
    }
    return broken;
  }

  private @Nullable Outcome overdueWaiting(Share share, long now) {
    EdgeSettings settings = exchange.lane().settings();
    boolean busy = share.isLimited() && share.isBusy(now);
    boolean refusing = share.hasInstances() && !busy;
    Duration allowed = refusing ? settings.refusedTime() : settings.waitTime();
    // Each try ends the waiting, and another one begins: it counts from the first refusal on.
    long since = refusing && refusals > 0 ? refusedSince : waitingSince;
    if (now - since <= allowed.toNanos()) {
      return null;
    }
    if (busy) {
      return Outcome.ALL_BUSY;
    }
    return share.hasInstances() ? Outcome.REFUSED : Outcome.NOT_STARTED_IN_TIME;
  }

  private long allowed() {
    EdgeSettings settings = exchange.lane().settings();
    RoutePolicy policy = exchange.policy();
    if (!exchange.upload().isComplete() && !exchange.answer().isStarted()) {
      return settings.bodyTime().toNanos();
    }
    if (exchange.isForGateway()) { // which has its own bounds for operators' routes
      return FOREVER; // a push may be silent for minutes
    }
    return exchange.answer().isStarted()
        ? nanos(policy.answerIdleMillis(), settings.answerIdleTime())
        : nanos(policy.firstByteMillis(), settings.firstByteTime());
  }

  /** How long nothing may move once another protocol is spoken. */
  long tunnelIdleNanos() {
    return nanos(
        exchange.policy().idleTimeoutMillis(), exchange.lane().settings().tunnelIdleTime());
  }

  private static long nanos(@Nullable Long millis, Duration otherwise) {
    return millis == null ? otherwise.toNanos() : millis * 1_000_000L;
  }

  private Outcome overdueMoving() {
    if (exchange.answer().isStarted()) {
      return exchange.client().isWritable() ? Outcome.ANSWER_STALLED : Outcome.CLIENT_LEFT;
    }
    boolean clientsTurn = !exchange.upload().isComplete() && !exchange.upload().isHeldBack();
    return clientsTurn ? Outcome.CLIENT_TOO_SLOW : Outcome.NO_ANSWER_IN_TIME;
  }
}
