package lmnop.controlplane.releases;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of the requests that were in flight at a cutover. */
@SuppressWarnings("NullAway.Init")
final class LedgerTest {
  private TestDatabase postgres;
  private Database database;
  private Routers routers;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    routers = new Routers(database, new Token("router-token"));
  }

  @AfterEach
  void stop() {
    database.close();
    postgres.close();
  }

  /** A router's management listener that gives these answers in turn, the last one for ever. */
  private HttpServer router(String id, String... answers) throws IOException {
    Deque<String> left = new ArrayDeque<>(Arrays.asList(answers));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/inflight",
        exchange -> {
          try (exchange) {
            String answer = left.size() > 1 ? left.removeFirst() : left.getFirst();
            boolean known =
                "Bearer router-token"
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(known && answer.startsWith("{") ? 200 : 503, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
    postgres.execute(
        "INSERT INTO lmnop.routers VALUES ('%s', '127.0.0.1:%d', 0, now())"
            .formatted(id, server.getAddress().getPort()));
    return server;
  }

  private static String page(int inFlight, int lost) {
    return "{\"router\":\"r\",\"applied\":1,\"workloads\":{\"default/old\":%d},\"lost\":{\"default/old\":%d}}"
        .formatted(inFlight, lost);
  }

  private String told() throws InterruptedException {
    return Ledger.of(routers, "default/old");
  }

  @Test
  void countsWhatFinishedAndWhatWasLostOverAllRouters() throws Exception {
    HttpServer one = router("one", page(3, 5), page(1, 6), page(0, 6));
    HttpServer two = router("two", page(2, 0), page(2, 0), page(2, 0), page(0, 0));
    try {
      assertThat(told())
          .matches(
              "cutover: 5 in flight on the old revision, 4 finished, 1 lost, the longest after"
                  + " \\d+\\.\\d s");
    } finally {
      one.stop(0);
      two.stop(0);
    }
  }

  @Test
  void saysThatNothingWasInFlight() throws Exception {
    HttpServer one = router("one", "{\"router\":\"one\",\"applied\":1,\"workloads\":{}}");
    try {
      assertThat(told())
          .isEqualTo("cutover: no request was in flight on the old revision, none lost");
    } finally {
      one.stop(0);
    }
  }

  @Test
  void requestsThatRunOnAreCountedApart() throws Exception {
    HttpServer one = router("one", page(2, 0), page(1, 0));
    try {
      assertThat(told())
          .matches(
              "cutover: 2 in flight on the old revision, 1 finished, 0 lost, 1 still run after"
                  + " \\d+\\.\\d s and get their time");
    } finally {
      one.stop(0);
    }
  }

  @Test
  void aRouterThatDoesNotAnswerIsNoRouterWithoutRequests() throws Exception {
    HttpServer one = router("one", "An event loop does not end its turn.");
    try {
      assertThat(told())
          .isEqualTo("cutover: a router does not say what it has in flight on the old revision");
    } finally {
      one.stop(0);
    }
  }
}
