package lmnop.router.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import lmnop.router.outcome.Outcome;

/**
 * Everything that the router counts of its traffic. A function that does not exist leaves no trace
 * here, so strangers' guesses make no series.
 */
public final class RouterMetrics {
  private record Gauge(String name, String labels, String help, DoubleSupplier value) {}

  private final Map<String, FunctionMeter> functions = new ConcurrentSkipListMap<>();
  private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);
  private final Histogram waited = new Histogram();
  private final LongAdder retries = new LongAdder();
  private final LongAdder handshakesFailed = new LongAdder();
  private final CopyOnWriteArrayList<Gauge> gauges = new CopyOnWriteArrayList<>();

  public RouterMetrics() {
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, new LongAdder());
    }
  }

  /** The meter of a function that exists, by its stable name {@code <function>.<owner>}. */
  public FunctionMeter function(String metricName) {
    return functions.computeIfAbsent(metricName, FunctionMeter::new);
  }

  /** A request ended. */
  public void ended(Outcome outcome) {
    counter(outcome).increment();
  }

  private LongAdder counter(Outcome outcome) {
    LongAdder counter = outcomes.get(outcome);
    if (counter == null) {
      throw new IllegalStateException("every outcome has a counter");
    }
    return counter;
  }

  /** A request waited for an instance this long. */
  public void waited(long nanos) {
    waited.add(nanos);
  }

  /** A request was sent again, on another connection. */
  public void retried() {
    retries.increment();
  }

  /** A client and the router could not agree on how to encrypt. */
  public void handshakeFailed() {
    handshakesFailed.increment();
  }

  /** Adds a value that is read when Prometheus asks; {@code labels} without braces. */
  public void gauge(String name, String labels, String help, DoubleSupplier value) {
    gauges.add(new Gauge(name, labels, help, value));
  }

  /** Writes everything in Prometheus' text format. */
  public String text() {
    StringBuilder text = new StringBuilder(4096);
    writeFunctions(text);
    head(text, "lmnop_router_requests_total", "counter", "Requests by how they ended.");
    for (Outcome outcome : Outcome.values()) {
      text.append("lmnop_router_requests_total{fault=\"").append(outcome.fault().tag());
      text.append("\",outcome=\"").append(outcome.tag()).append("\"} ");
      text.append(counter(outcome).sum()).append('\n');
    }
    counter(text, "lmnop_router_retries_total", "Requests sent again, elsewhere.", retries);
    counter(
        text,
        "lmnop_router_handshakes_failed_total",
        "Connections that ended before TLS was agreed on.",
        handshakesFailed);
    head(text, "lmnop_router_wait_seconds", "histogram", "Time that requests waited to start.");
    waited.write(text, "lmnop_router_wait_seconds", "");
    String before = "";
    for (Gauge gauge : gauges) {
      if (!gauge.name().equals(before)) {
        head(text, gauge.name(), "gauge", gauge.help());
        before = gauge.name();
      }
      String labels = gauge.labels().isEmpty() ? "" : "{" + gauge.labels() + "}";
      text.append(gauge.name()).append(labels).append(' ');
      text.append(gauge.value().getAsDouble()).append('\n');
    }
    return text.toString();
  }

  /** By the OpenFaaS gateway's names; {@code started} has no {@code _total} there. */
  private void writeFunctions(StringBuilder text) {
    String total = "gateway_function_invocation_total";
    head(text, total, "counter", "Function metrics");
    functions.values().forEach(function -> function.writeEnded(text, total));
    String seconds = "gateway_functions_seconds";
    head(text, seconds, "histogram", "Function time taken");
    functions.values().forEach(function -> function.writeSeconds(text, seconds));
    String started = "gateway_function_invocation_started";
    head(text, started, "counter", "The total number of function HTTP requests started.");
    functions.values().forEach(function -> function.writeStarted(text, started));
  }

  private static void counter(StringBuilder text, String name, String help, LongAdder value) {
    head(text, name, "counter", help);
    text.append(name).append(' ').append(value.sum()).append('\n');
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
