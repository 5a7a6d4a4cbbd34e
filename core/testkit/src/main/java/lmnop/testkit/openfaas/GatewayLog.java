package lmnop.testkit.openfaas;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.Wire;

/** What functions of the stand-in have printed. */
final class GatewayLog {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final List<LogLine> printed = new ArrayList<>();

  synchronized void add(LogLine line) {
    printed.add(line);
  }

  private synchronized List<LogLine> from(int number) {
    return List.copyOf(printed.subList(number, printed.size()));
  }

  /**
   * Answers with the lines of one function; their type is whatever a gateway makes of it.
   *
   * @param ends whether a log that follows ends as soon as all is said
   */
  void write(HttpExchange exchange, Map<String, String> query, boolean ends) throws IOException {
    boolean follow = "true".equals(query.get("follow"));
    int at = 0;
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      do {
        List<LogLine> lines = from(at);
        at += lines.size();
        for (LogLine line : newest(lines.stream().filter(l -> isAsked(l, query)).toList(), query)) {
          out.write((Wire.write(line) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        out.flush();
        if (follow) {
          LockSupport.parkNanos(LOOK.toNanos());
        }
      } while (follow && !ends && !Thread.currentThread().isInterrupted());
    }
  }

  private static boolean isAsked(LogLine line, Map<String, String> query) {
    String instance = query.getOrDefault("instance", "");
    String since = query.get("since");
    return line.name().equals(query.get("name"))
        && (instance.isEmpty() || instance.equals(line.instance()))
        && (since == null || !line.timestamp().isBefore(Instant.parse(since)));
  }

  private static List<LogLine> newest(List<LogLine> lines, Map<String, String> query) {
    int tail = Integer.parseInt(query.getOrDefault("tail", "-1"));
    return tail <= 0 || tail >= lines.size()
        ? lines
        : lines.subList(lines.size() - tail, lines.size());
  }
}
