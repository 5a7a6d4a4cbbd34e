package lmnop.router.edge;

import io.netty.handler.codec.http.HttpRequest;
import lmnop.router.balance.Instance;
import lmnop.router.outcome.Outcome;

/** The step SEND. */
final class Sending {
  private Sending() {}

  static Progress run(Exchange exchange) {
    Callee origin = exchange.origin();
    Instance instance = exchange.instance();
    if (instance.speaksHttp2() && exchange.wantedProtocol() != null) {
      return exchange.refuse(Outcome.NO_OTHER_PROTOCOL, null);
    }
    if (origin == null) {
      Origins pool = exchange.lane().pool(instance);
      origin = pool.take(exchange.wantsFreshConnection());
      if (origin == null) {
        pool.connect(exchange);
        return Progress.WAIT;
      }
      exchange.attach(origin);
    }
    HttpRequest request = exchange.request();
    request.setUri(
        instance.pathPrefix().isEmpty()
            ? exchange.path()
            : instance.pathPrefix() + exchange.path());
    origin.write(request);
    exchange.patience().moved();
    exchange.upload().flowInto(origin);
    return Progress.NEXT;
  }
}
