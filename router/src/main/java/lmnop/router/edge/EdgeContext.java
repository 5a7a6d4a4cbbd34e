package lmnop.router.edge;

import java.net.InetSocketAddress;
import java.util.function.Supplier;
import lmnop.operations.credentials.Token;
import lmnop.registry.table.Routes;
import lmnop.router.accesslog.AccessLog;
import lmnop.router.balance.Fleet;
import lmnop.router.limits.Rates;
import lmnop.router.metrics.RouterMetrics;
import lmnop.router.resolve.Resolver;
import lmnop.router.wake.Waker;
import org.jspecify.annotations.Nullable;

/**
 * What all event loops share.
 *
 * @param trusted whose word on a request's way so far is taken
 * @param accessLog null where none is kept
 * @param redirect the port to which plain requests are sent; null where they are served
 */
public record EdgeContext(
    EdgeSettings settings,
    TrustedProxies trusted,
    @Nullable Integer redirect,
    Resolver resolver,
    Routes routes,
    Fleet fleet,
    Waker waker,
    Rates rates,
    RouterMetrics metrics,
    @Nullable AccessLog accessLog,
    InnerGateway gateway) {

  /**
   * The inner listener for what is not plain function traffic.
   *
   * @param address null until it has started
   * @param secret proves to it that a request comes from the edge
   * @param hosts what operators' routes are there for
   * @param back proves to the edge's inner door that a request comes from the gateway
   */
  public record InnerGateway(
      Supplier<@Nullable InetSocketAddress> address,
      String secret,
      GatewayHosts hosts,
      Token back) {
    /** The header that carries a secret; no client's header that begins so passes the edge. */
    public static final String SECRET_HEADER = "x-lmnop-edge";

    /** Names the gateway route that a row of the routing table leads to. */
    public static final String ROUTE_HEADER = "x-lmnop-edge-route";

    /** Names the function, as {@code owner/name}, that a request through the inner door is for. */
    public static final String FUNCTION_HEADER = "x-lmnop-edge-function";

    /** The route to the control plane, which is always there. */
    public static final String PORTAL = "portal";
  }
}
