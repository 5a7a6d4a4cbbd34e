package lmnop.router.edge;

import io.netty.handler.codec.http.HttpRequest;
import lmnop.router.balance.Instance;

/** The step SEND. */
final class Sending {
  private Sending() {}

  static Progress run(Exchange exchange) {
    OriginConnection origin = exchange.origin();
    Instance instance = exchange.instance();
    if (origin == null) {
      OriginPool pool = exchange.lane().pool(instance);
      origin = exchange.wantsFreshConnection() ? null : pool.takeIdle();
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
