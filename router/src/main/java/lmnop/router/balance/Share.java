package lmnop.router.balance;

import java.util.concurrent.ThreadLocalRandom;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.RoutePolicy;
import org.jspecify.annotations.Nullable;

/** One revision's part of a function's traffic, ready to choose from. */
public final class Share {
  private final FunctionRoutes.Share source;
  private final Workload workload;
  private final int weight;
  private final RoutePolicy policy;
  private final Instance[] instances;
  private final @Nullable Instance service;
  private final Fleet fleet;

  Share(FunctionRoutes.Share share, Workload workload, Instance[] instances, Fleet fleet) {
    this.source = share;
    this.workload = workload;
    this.weight = share.weight();
    this.policy = share.policy();
    this.instances = instances;
    this.service = fleet.service(workload, share);
    this.fleet = fleet;
  }

  /** What the routing table says of it. */
  public FunctionRoutes.Share source() {
    return source;
  }

  public Workload workload() {
    return workload;
  }

  int weight() {
    return weight;
  }

  public RoutePolicy policy() {
    return policy;
  }

  /** Whether there is an instance at all, reachable or not. */
  public boolean hasInstances() {
    return instances.length > 0;
  }

  /** Whether the function says how many requests each instance takes at once. */
  public boolean isLimited() {
    return policy.concurrencyLimit() != null;
  }

  /** Whether instances take connections, and have as many requests as they take. */
  public boolean isBusy(long now) {
    boolean well = false;
    for (Instance instance : instances) {
      if (instance.looksWell(now)) {
        if (instance.hasRoom()) {
          return false;
        }
        well = true;
      }
    }
    return well;
  }

  /** How many requests may wait while {@link #isBusy}; this router's part of it. */
  public int queue(int otherwise) {
    Integer queue = policy.concurrencyQueue();
    if (queue == null) {
      return otherwise;
    }
    long all = (long) queue * instances.length;
    return queue == 0 ? 0 : (int) Math.min(otherwise, fleet.partOf(all));
  }

  /** Whether {@link #choose} would find an instance. */
  public boolean canChoose(long now) {
    Instance whole = service;
    if (whole != null && fleet.endpointsAreOld()) {
      return whole.looksWell(now);
    }
    for (Instance instance : instances) {
      if (instance.looksWell(now) && instance.hasRoom()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the one with fewer requests in flight of two random instances; null where there is
   * none, or all are full or refused connections lately. Where the instances' addresses may be
   * others' by now, the workload's own address stands for all of them.
   *
   * @param now by {@code System.nanoTime}
   */
  public @Nullable Instance choose(long now) {
    Instance whole = service;
    if (whole != null && fleet.endpointsAreOld()) {
      return whole.mayBeChosen(now) ? whole : null;
    }
    int count = instances.length;
    if (count == 1) {
      return isFree(instances[0], now) ? instances[0] : null;
    }
    if (count == 0) {
      return null;
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int first = random.nextInt(count);
    int second = (first + 1 + random.nextInt(count - 1)) % count;
    Instance a = instances[first];
    Instance b = instances[second];
    Instance fewer = a.inFlight() <= b.inFlight() ? a : b;
    Instance other = fewer == a ? b : a;
    if (isFree(fewer, now)) {
      return fewer;
    }
    return isFree(other, now) ? other : anyOf(first, now);
  }

  private static boolean isFree(Instance instance, long now) {
    return instance.hasRoom() && instance.mayBeChosen(now);
  }

  private @Nullable Instance anyOf(int from, long now) {
    for (int i = 0; i < instances.length; i++) {
      Instance instance = instances[(from + i) % instances.length];
      if (isFree(instance, now)) {
        return instance;
      }
    }
    return null;
  }
}
