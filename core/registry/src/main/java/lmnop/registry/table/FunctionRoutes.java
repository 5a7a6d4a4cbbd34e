package lmnop.registry.table;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One function as routers see it.
 *
 * @param preview the one revision that a preview's host leads to; null for the function itself
 * @param shares the revisions that get traffic; none means that nothing is released yet
 * @param tokens what opens it, where it asks for a token
 */
public record FunctionRoutes(
    long id,
    String name,
    String owner,
    @Nullable Long preview,
    List<Share> shares,
    List<InvokeToken> tokens) {
  public FunctionRoutes {
    shares = List.copyOf(shares);
    tokens = List.copyOf(Objects.requireNonNullElse(tokens, List.of())); // old snapshots have none
  }

  /** A function by its own hosts, without tokens. */
  public FunctionRoutes(long id, String name, String owner, List<Share> shares) {
    this(id, name, owner, null, shares, List.of());
  }

  /** The name in metrics, stable over revisions: {@code <function>.<owner>}. */
  public String metricName() {
    return name + "." + owner;
  }

  /**
   * A revision's part of the traffic.
   *
   * @param number the revision's number within its function
   * @param weight of 100
   * @param serviceAddress {@code host:port} that the engine keeps for the workload while its
   *     instances change; null where it keeps none
   */
  public record Share(
      long revision,
      int number,
      String namespace,
      String workload,
      int weight,
      RoutePolicy policy,
      List<Endpoint> endpoints,
      @Nullable String serviceAddress) {
    public Share {
      endpoints = List.copyOf(endpoints);
    }

    /** A part of the traffic of a workload that has no address of its own. */
    public Share(
        long revision,
        int number,
        String namespace,
        String workload,
        int weight,
        RoutePolicy policy,
        List<Endpoint> endpoints) {
      this(revision, number, namespace, workload, weight, policy, endpoints, null);
    }
  }

  /**
   * An address where a ready instance listens.
   *
   * @param pathPrefix put before the path of every request; empty for our own engines
   * @param protocol {@code http1} or {@code h2c}
   */
  public record Endpoint(
      String instance, String scheme, String host, int port, String pathPrefix, String protocol) {}
}
