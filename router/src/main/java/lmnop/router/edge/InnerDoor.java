package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaders;
import lmnop.registry.table.RouteKey;
import lmnop.router.edge.EdgeContext.InnerGateway;
import lmnop.router.outcome.Outcome;
import lmnop.router.resolve.Lookup;
import org.jspecify.annotations.Nullable;

/**
 * How the inner gateway reaches a function: it names it, and from there on the request is like
 * every other. Whoever finds the port without the secret of this start finds nothing behind it.
 */
final class InnerDoor {
  private InnerDoor() {}

  static Progress enter(Exchange exchange) {
    HttpHeaders headers = exchange.request().headers();
    String shown = headers.get(InnerGateway.SECRET_HEADER);
    if (shown == null || !exchange.lane().context().gateway().back().matches(shown)) {
      return exchange.refuse(Outcome.UNKNOWN_HOST, null);
    }
    Lookup lookup = lookup(headers.get(InnerGateway.FUNCTION_HEADER));
    if (lookup == null) {
      return exchange.refuse(Outcome.UNKNOWN_FUNCTION, null);
    }
    exchange.lookFor(lookup);
    return Resolution.find(exchange, lookup);
  }

  private static @Nullable Lookup lookup(@Nullable String function) {
    int slash = function == null ? -1 : function.indexOf('/');
    if (function == null || slash < 0) {
      return null;
    }
    RouteKey key = new RouteKey.Named(function.substring(0, slash), function.substring(slash + 1));
    return new Lookup(key, 0, true);
  }
}
