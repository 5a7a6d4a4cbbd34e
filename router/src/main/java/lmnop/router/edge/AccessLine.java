package lmnop.router.edge;

import lmnop.registry.table.FunctionRoutes;
import lmnop.router.accesslog.LineBuffer;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.balance.Instance;
import lmnop.router.outcome.Outcome;

/**
 * What the access log says of a request. No query, no header's value but the host: what is secret
 * is there.
 */
final class AccessLine {
  private AccessLine() {}

  static void write(LineBuffer line, Exchange exchange, Outcome outcome) {
    line.begin(exchange.startMillis());
    line.text("call", exchange.callId());
    if (exchange.isChecked()) {
      request(line, exchange);
    } else {
      line.text("client", exchange.client().peer().address());
    }
    boolean answered = exchange.answer().isStarted();
    line.number("status", answered ? exchange.answer().status() : outcome.status());
    line.text("outcome", outcome.tag());
    line.text("fault", outcome.fault().tag());
    place(line, exchange);
    line.number("received", exchange.upload().received());
    line.number("sent", exchange.answer().sent());
    line.millis("millis", exchange.patience().totalNanos());
    line.millis("waited", exchange.patience().waitedNanos());
    line.number("retries", exchange.retries());
    line.end();
  }

  private static void request(LineBuffer line, Exchange exchange) {
    line.text("client", exchange.forwarding().client());
    line.text("scheme", exchange.forwarding().scheme());
    line.text("protocol", exchange.client().protocol());
    line.text("method", exchange.request().method().name());
    String host = exchange.headers().host();
    line.text("host", host == null ? "" : host);
    String target = exchange.target();
    int query = target.indexOf('?');
    line.text("path", target, query < 0 ? target.length() : query);
  }

  private static void place(LineBuffer line, Exchange exchange) {
    FunctionTraffic traffic = exchange.trafficIfAny();
    if (traffic != null) {
      line.text("function", traffic.metricName());
    }
    FunctionRoutes.Share share = exchange.revision();
    if (share != null) {
      line.number("revision", share.number());
    }
    Instance instance = exchange.instanceIfAny();
    if (instance != null && traffic != null) {
      line.text("instance", instance.spelled());
    }
  }
}
