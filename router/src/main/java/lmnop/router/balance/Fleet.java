package lmnop.router.balance;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import lmnop.registry.table.FunctionRoutes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workloads and instances that this router sends to, one object each for all event loops.
 *
 * <p>Held weakly: what no table, no pool and no request refers to any more is forgotten.
 */
public final class Fleet {
  private static final Logger log = LoggerFactory.getLogger(Fleet.class);

  private record WorkloadKey(String namespace, String name) {}

  private record InstanceKey(WorkloadKey workload, FunctionRoutes.Endpoint endpoint) {}

  private final Cache<WorkloadKey, Workload> workloads = Caffeine.newBuilder().weakValues().build();
  private final Cache<InstanceKey, Instance> instances = Caffeine.newBuilder().weakValues().build();

  /** Endpoints that speak what this router does not, for as long as tables name them. */
  private final Cache<InstanceKey, Boolean> unsupported =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterAccess(Duration.ofMinutes(5)).build();

  /** Requests that a workload got and did not answer, for as long as a cutover is told of. */
  private final Cache<String, AtomicLong> lost =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterAccess(Duration.ofMinutes(10)).build();

  private final BooleanSupplier endpointsAreOld;
  private final IntSupplier routers;

  /** A fleet whose endpoints are always what the routing table says. */
  public Fleet() {
    this(() -> false, () -> 1);
  }

  /**
   * A fleet.
   *
   * @param endpointsAreOld whether a workload's own address is to be preferred now
   * @param routers how many routers send to the same instances
   */
  public Fleet(BooleanSupplier endpointsAreOld, IntSupplier routers) {
    this.endpointsAreOld = endpointsAreOld;
    this.routers = routers;
  }

  /** This router's part of what all of them may send together; at least one. */
  int partOf(long together) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, together / routers.getAsInt()));
  }

  boolean endpointsAreOld() {
    return endpointsAreOld.getAsBoolean();
  }

  /** Whether this router speaks what an endpoint does; notes it where not. */
  boolean supports(Workload workload, FunctionRoutes.Endpoint endpoint) {
    String protocol = endpoint.protocol();
    if (endpoint.scheme().equals("http") && (protocol.equals("http1") || isHttp2(endpoint))) {
      return true;
    }
    WorkloadKey key = new WorkloadKey(workload.namespace(), workload.name());
    if (unsupported.asMap().put(new InstanceKey(key, endpoint), true) == null) {
      log.warn(
          "{} of {} is left out: this router speaks http with http1 and h2c, and not {} with {}",
          endpoint.instance(),
          workload,
          endpoint.scheme(),
          endpoint.protocol());
    }
    return false;
  }

  private static boolean isHttp2(FunctionRoutes.Endpoint endpoint) {
    return endpoint.protocol().equals("h2c");
  }

  /** How many endpoints are left out because of what they speak. */
  public long unsupported() {
    unsupported.cleanUp();
    return unsupported.estimatedSize();
  }

  Workload workload(FunctionRoutes.Share share) {
    return workloads.get(
        new WorkloadKey(share.namespace(), share.workload()),
        key -> new Workload(key.namespace(), key.name()));
  }

  Instance instance(Workload workload, FunctionRoutes.Endpoint endpoint) {
    WorkloadKey key = new WorkloadKey(workload.namespace(), workload.name());
    return instances.get(
        new InstanceKey(key, endpoint),
        k ->
            new Instance(
                workload,
                endpoint.host(),
                endpoint.port(),
                endpoint.pathPrefix(),
                isHttp2(endpoint)));
  }

  /** The address that a workload keeps while its instances change; null where it has none. */
  @Nullable Instance service(Workload workload, FunctionRoutes.Share share) {
    String address = share.serviceAddress();
    int colon = address == null ? -1 : address.lastIndexOf(':');
    if (address == null || colon < 1) {
      return null;
    }
    try {
      int port = Integer.parseInt(address, colon + 1, address.length(), 10);
      String host = address.substring(0, colon);
      String protocol =
          share.endpoints().isEmpty() ? "http1" : share.endpoints().getFirst().protocol();
      return instance(
          workload, new FunctionRoutes.Endpoint("service", "http", host, port, "", protocol));
    } catch (NumberFormatException e) {
      log.warn("the service address '{}' of {} is not host:port", address, workload);
      return null;
    }
  }

  /**
   * An instance as an operator sees it.
   *
   * @param state {@code ready}, {@code aside} after it refused connections, {@code full}, or {@code
   *     unsupported}
   */
  public record Seen(String instance, String address, String state, int inFlight) {}

  /** The instances of a revision, with what this router knows of them. */
  public List<Seen> seen(FunctionRoutes.Share share) {
    Workload workload = workload(share);
    long now = System.nanoTime();
    return share.endpoints().stream()
        .map(endpoint -> {
          Instance instance = instance(workload, endpoint);
          String state = supports(workload, endpoint) ? instance.state(now) : "unsupported";
          return new Seen(endpoint.instance(), instance.spelled(), state, instance.inFlight());
        })
        .toList();
  }

  /** A request that an instance got was not answered, through no fault of the client's. */
  public void lost(Instance instance) {
    lost.get(instance.workload().toString(), workload -> new AtomicLong()).incrementAndGet();
  }

  /** Requests that were lost a moment ago, by the {@code namespace/name} of their workload. */
  public Map<String, Long> lost() {
    Map<String, Long> counts = new TreeMap<>();
    lost.asMap().forEach((workload, count) -> counts.put(workload, count.get()));
    return counts;
  }

  /** Requests in flight of every workload that has some, by {@code namespace/name}. */
  public Map<String, Integer> inFlight() {
    return counts(Workload::inFlight);
  }

  /** Requests that wait for an instance of each. */
  public Map<String, Integer> waiting() {
    return counts(Workload::waiting);
  }

  private Map<String, Integer> counts(ToIntFunction<Workload> what) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Workload workload : workloads.asMap().values()) {
      int count = what.applyAsInt(workload);
      if (count > 0) {
        counts.put(workload.toString(), count);
      }
    }
    return counts;
  }

  /** Requests that each got until now, modulo 2^32. */
  public Map<String, Long> begun() {
    Map<String, Long> counts = new TreeMap<>();
    for (Workload workload : workloads.asMap().values()) {
      long begun = workload.begun();
      if (begun > 0) {
        counts.put(workload.toString(), begun);
      }
    }
    return counts;
  }

  /** Requests in flight at each address that has some, by workload. */
  public Map<String, Map<String, Integer>> inFlightByInstance() {
    Map<String, Map<String, Integer>> counts = new TreeMap<>();
    for (Instance instance : instances.asMap().values()) {
      int inFlight = instance.inFlight();
      if (inFlight > 0) {
        counts
            .computeIfAbsent(instance.workload().toString(), workload -> new TreeMap<>())
            .merge(instance.spelled(), inFlight, Integer::sum);
      }
    }
    return counts;
  }
}
