package lmnop.controlplane.usage;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.releases.Routers;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Reads what each router has counted, and adds what is new since the last look to the rows of this
 * minute. One control plane does so at a time; the next one begins with what it sees first, so what
 * was counted while none looked is left out.
 */
public final class UsageSampler {
  /** How often instances are written down also where their number is the same. */
  static final Duration WHOLE = Duration.ofHours(1);

  private static final Logger log = LoggerFactory.getLogger(UsageSampler.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration KEPT = Duration.ofHours(26); // a day, and what charts look back

  private final Routers routers;
  private final Database database;
  private final UsageStore store;
  private final String name;
  private final Clock clock;

  private Map<String, Seen> seen = new HashMap<>();
  private Map<Long, Integer> instances = new HashMap<>();
  private Instant wholeAt = Instant.EPOCH;

  /** What a router had counted when it was looked at. */
  private record Seen(Map<String, CallCounts> functions, Instant at) {}

  /**
   * Samples for a control plane.
   *
   * @param name that no other one has
   */
  public UsageSampler(Routers routers, Database database, String name, Clock clock) {
    this.routers = routers;
    this.database = database;
    this.store = new UsageStore(database);
    this.name = name;
    this.clock = clock;
  }

  /** Looks once at every router; a round of a loop. */
  public void sample() throws InterruptedException {
    if (!Boolean.TRUE.equals(store.take(name, LEASE).block(ANSWER))) {
      forgetAll();
      return;
    }
    Instant now = clock.instant();
    boolean whole = !wholeAt.plus(WHOLE).isAfter(now);
    Map<String, Seen> looked = look(now);
    Map<String, CallCounts> calls = grown(looked);
    Map<Long, Integer> ready = Objects.requireNonNull(store.instances().block(ANSWER));
    Mono<Boolean> writing =
        store
            .take(name, LEASE) // its row is locked now: nobody else writes meanwhile
            .filter(taken -> taken)
            .flatMap(taken ->
                store
                    .addCalls(calls)
                    .then(store.putInstances(whole ? ready : changed(ready)))
                    .then(whole ? store.forget(KEPT) : Mono.just(0L))
                    .thenReturn(true));
    if (!Boolean.TRUE.equals(database.inTransaction(writing).block(ANSWER))) {
      forgetAll();
      return;
    }
    seen = looked;
    instances = ready;
    wholeAt = whole ? now : wholeAt;
  }

  private void forgetAll() {
    seen = new HashMap<>();
    instances = new HashMap<>();
    wholeAt = Instant.EPOCH;
  }

  /** What all routers have counted; of one that does not answer, what it had. */
  private Map<String, Seen> look(Instant now) throws InterruptedException {
    Map<String, Seen> looked = new HashMap<>();
    seen.forEach((router, last) -> {
      if (last.at().plus(WHOLE).isAfter(now)) {
        looked.put(router, last);
      }
    });
    for (Map.Entry<String, String> router : routers.live().entrySet()) {
      RouterCounts counts = new RouterCounts();
      if (routers.readMetrics(router.getValue(), counts::line)) {
        looked.put(router.getKey(), new Seen(counts.functions(), now));
      } else {
        log.debug("router {} does not say what it counted", router.getKey());
      }
    }
    return looked;
  }

  /** What came since the last look. A router that is seen for the first time begins there. */
  private Map<String, CallCounts> grown(Map<String, Seen> looked) {
    Map<String, CallCounts> grown = new HashMap<>();
    looked.forEach((router, now) -> {
      Seen last = seen.get(router);
      if (last != null && !last.at().equals(now.at())) {
        now.functions()
            .forEach((function, counts) -> {
              CallCounts more =
                  counts.since(last.functions().getOrDefault(function, new CallCounts()));
              if (more.requests() > 0) {
                grown.computeIfAbsent(function, added -> new CallCounts()).add(more);
              }
            });
      }
    });
    return grown;
  }

  private Map<Long, Integer> changed(Map<Long, Integer> ready) {
    Map<Long, Integer> changed = new HashMap<>();
    ready.forEach((function, count) -> {
      if (!count.equals(instances.get(function))) {
        changed.put(function, count);
      }
    });
    instances.keySet().stream()
        .filter(function -> !ready.containsKey(function))
        .forEach(function -> changed.put(function, 0));
    return changed;
  }
}
