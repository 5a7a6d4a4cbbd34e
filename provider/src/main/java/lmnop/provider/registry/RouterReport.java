package lmnop.provider.registry;

import java.util.Map;
import java.util.Objects;

/**
 * What a router has of each workload, by {@code namespace/name}; what it does not name it has not.
 *
 * @param router its id
 * @param start by which it is known from itself before it was started anew; empty if it does not
 *     say
 * @param workloads requests in flight
 * @param waiting requests that wait for an instance
 * @param begun requests that were sent to an instance since the router started, modulo 2^32
 */
public record RouterReport(
    String router,
    String start,
    Map<String, Integer> workloads,
    Map<String, Integer> waiting,
    Map<String, Long> begun) {
  public RouterReport {
    start = Objects.requireNonNullElse(start, "");
    workloads = Map.copyOf(Objects.requireNonNullElse(workloads, Map.of()));
    waiting = Map.copyOf(Objects.requireNonNullElse(waiting, Map.of()));
    begun = Map.copyOf(Objects.requireNonNullElse(begun, Map.of()));
  }
}
