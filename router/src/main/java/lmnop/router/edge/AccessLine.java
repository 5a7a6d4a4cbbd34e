package lmnop.router.edge;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
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
  private static final byte[] CALL = LineBuffer.key("call");
  private static final byte[] CLIENT = LineBuffer.key("client");
  private static final byte[] STATUS = LineBuffer.key("status");
  private static final byte[] RECEIVED = LineBuffer.key("received");
  private static final byte[] SENT = LineBuffer.key("sent");
  private static final byte[] MILLIS = LineBuffer.key("millis");
  private static final byte[] WAITED = LineBuffer.key("waited");
  private static final byte[] RETRIES = LineBuffer.key("retries");
  private static final byte[] SCHEME = LineBuffer.key("scheme");
  private static final byte[] PROTOCOL = LineBuffer.key("protocol");
  private static final byte[] METHOD = LineBuffer.key("method");
  private static final byte[] HOST = LineBuffer.key("host");
  private static final byte[] PATH = LineBuffer.key("path");
  private static final byte[] FUNCTION = LineBuffer.key("function");
  private static final byte[] REVISION = LineBuffer.key("revision");
  private static final byte[] INSTANCE = LineBuffer.key("instance");

  private static final Map<Outcome, byte[]> ENDS = new EnumMap<>(Outcome.class);

  static {
    for (Outcome outcome : Outcome.values()) {
      String written =
          ",\"outcome\":\"%s\",\"fault\":\"%s\"".formatted(outcome.tag(), outcome.fault().tag());
      ENDS.put(outcome, written.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private AccessLine() {}

  static void write(LineBuffer line, Exchange exchange, Outcome outcome) {
    line.begin(exchange.startMillis());
    line.text(CALL, exchange.callId());
    if (exchange.isChecked()) {
      request(line, exchange);
    } else {
      line.text(CLIENT, exchange.client().peer().address());
    }
    boolean answered = exchange.answer().isStarted();
    line.number(STATUS, answered ? exchange.answer().status() : outcome.status());
    line.written(Objects.requireNonNull(ENDS.get(outcome)));
    place(line, exchange);
    line.number(RECEIVED, exchange.upload().received());
    line.number(SENT, exchange.answer().sent());
    line.millis(MILLIS, exchange.patience().totalNanos());
    line.millis(WAITED, exchange.patience().waitedNanos());
    line.number(RETRIES, exchange.retries());
    line.end();
  }

  private static void request(LineBuffer line, Exchange exchange) {
    line.text(CLIENT, exchange.forwarding().client());
    line.text(SCHEME, exchange.forwarding().scheme());
    line.text(PROTOCOL, exchange.client().protocol());
    line.text(METHOD, exchange.request().method().name());
    String host = exchange.headers().host();
    line.text(HOST, host == null ? "" : host);
    String target = exchange.target();
    int query = target.indexOf('?');
    line.text(PATH, target, query < 0 ? target.length() : query);
  }

  private static void place(LineBuffer line, Exchange exchange) {
    FunctionTraffic traffic = exchange.trafficIfAny();
    if (traffic != null) {
      line.text(FUNCTION, traffic.metricName());
    }
    FunctionRoutes.Share share = exchange.revision();
    if (share != null) {
      line.number(REVISION, share.number());
    }
    Instance instance = exchange.instanceIfAny();
    if (instance != null && traffic != null) {
      line.text(INSTANCE, instance.spelled());
    }
  }
}
