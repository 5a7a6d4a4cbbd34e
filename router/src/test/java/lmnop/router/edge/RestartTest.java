package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.TestDatabase;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routers that are stopped, killed and started again while they are called. */
@Tag(Reliability.TAG)
final class RestartTest {
  private static final String HOST = "hello.apps.example.com";
  private static final int PER_SECOND = 500;
  private static final int CALLS = Thorough.isAskedFor() ? 60_000 : 2000;
  private static final int GOAWAY = 7;
  private static final Duration FOR_TUNNELS = Duration.ofSeconds(Thorough.isAskedFor() ? 30 : 4);

  /** A balancer that shares two processors with compilers asks late whether a router is ready. */
  private static final Duration FOR_BALANCERS = Duration.ofSeconds(3);

  private static final String OFFER =
      "GET / HTTP/1.1\r\nHost: echo.apps.example.com\r\nUpgrade: echo/1\r\nConnection: Upgrade\r\n\r\n";
  private static final String AGREED =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n";

  @TempDir private Path folder;
  private TestDatabase database;
  private Origin origin;
  private Rows rows;
  private RouterProcess one;

  @BeforeEach
  void start() throws Exception {
    database = new TestDatabase();
    origin = Origin.answering(Origin.ok("hello"));
    rows = new Rows(database);
    rows.release("hello", "{}", origin.port());
    one = router("one");
  }

  private RouterProcess router(String name) throws IOException {
    return router(name, freePort());
  }

  private RouterProcess router(String name, int port) throws IOException {
    return new RouterProcess(
        folder.resolve(name),
        port,
        database.settings("lmnop_router"),
        "edge.share-port=true",
        "edge.drain-grace=" + FOR_BALANCERS.toSeconds() + "s",
        "edge.drain-delay=" + FOR_BALANCERS.toSeconds() + "s", // until then one is still sent here
        "edge.drain-time=" + FOR_TUNNELS.plusSeconds(2).toSeconds() + "s");
  }

  @AfterEach
  void stop() throws Exception {
    one.close();
    origin.close();
    database.close();
  }

  /** Starts a load balancer that asks the routers whether they are ready. */
  private Process balancer(int port, RouterProcess... routers) throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            global
              maxconn 2000
            defaults
              mode http
              timeout connect 2s
              timeout client 30s
              timeout server 30s
              timeout check 10s
              option httpchk GET /health/ready
              option redispatch
            frontend clients
              bind 127.0.0.1:%d
              default_backend routers
            backend routers
              http-reuse always
            """
                .formatted(port));
    for (RouterProcess router : routers) {
      text.append(
          "  server r%1$d 127.0.0.1:%1$d check port %2$d inter 200ms fall 1 rise 1%n"
              .formatted(router.port(), router.managementPort()));
    }
    Path file = Files.writeString(folder.resolve("haproxy.cfg"), text);
    return new ProcessBuilder("haproxy", "-db", "-f", file.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("haproxy.out").toFile())
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void awaitCalls(Callers callers, int more) {
    int until = callers.ended() + more;
    await().atMost(Duration.ofMinutes(5)).until(() -> callers.ended() >= until);
  }

  @Test
  @RequiresTool("haproxy")
  void twoRoutersTakeTurns() throws Exception {
    int port = freePort();
    try (RouterProcess two = router("two")) {
      one.start();
      two.start().awaitCurrent();
      one.awaitCurrent();
      Process balancer = balancer(port, one, two);
      try {
        await().ignoreExceptions().until(() -> answers(port));
        try (Callers callers = Callers.start(port, HOST, "/", 20, PER_SECOND)) {
          for (RouterProcess router : new RouterProcess[] {one, two}) {
            awaitCalls(callers, CALLS / 4);
            router.terminate();
            assertThat(router.awaitEnd()).isZero();
            awaitCalls(callers, CALLS / 4);
            router.start().awaitCurrent();
            await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> router.metric("lmnop_router_clients") > 0); // the balancer sees it
          }
          Callers.Report report = callers.stop();
          assertThat(report.outcomes()).containsOnlyKeys("200");
          Reliability.atMost(
              "R17",
              "two routers stopped in turn: failed requests of " + report.sent(),
              report.failed(),
              0);
        }
        oneIsKilled(port, two);
      } finally {
        balancer.destroyForcibly().waitFor();
      }
    }
  }

  private static void oneIsKilled(int port, RouterProcess victim) throws Exception {
    try (Callers callers = Callers.start(port, HOST, "/", 8, PER_SECOND)) {
      awaitCalls(callers, 2 * PER_SECOND);
      victim.kill();
      awaitCalls(callers, 2 * PER_SECOND);
      Callers.Report report = callers.stop();
      Reliability.atMost(
          "R17",
          "a router killed: failed requests of a thousand, of " + report.sent(),
          report.failed() * 1000L / report.sent(),
          10);
    }
    try (Callers callers = Callers.start(port, HOST, "/", 20, PER_SECOND)) {
      awaitCalls(callers, PER_SECOND);
      Reliability.atMost("R17", "failed requests 2 s later", callers.stop().failed(), 0);
    }
  }

  private static boolean answers(int port) throws IOException {
    try (Visitor visitor = new Visitor(port)) {
      return visitor.get(HOST, "/").reply().status() == 200;
    }
  }

  @Test
  void aRouterThatStopsSaysGoodByeAndLeavesTunnelsTheirTime() throws Exception {
    try (Origin echo = Origin.start(RestartTest::echo)) {
      rows.release("echo", "{}", echo.port());
      one.start().awaitCurrent();
      try (Visitor tunnel = new Visitor(one.port());
          Socket http2 = new Socket(InetAddress.getLoopbackAddress(), one.port())) {
        tunnel.send(OFFER);
        assertThat(tunnel.head()).startsWith("HTTP/1.1 101 ");
        http2.setSoTimeout(60_000);
        http2.getOutputStream().write(Http.bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        http2.getOutputStream().write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
        assertThat(frame(http2.getInputStream())).isEqualTo(4);
        long began = System.nanoTime();
        one.terminate();
        int type = frame(http2.getInputStream());
        while (type >= 0 && type != GOAWAY) {
          type = frame(http2.getInputStream());
        }
        assertThat(type).isEqualTo(GOAWAY);
        long until = began + FOR_TUNNELS.toNanos();
        while (System.nanoTime() < until) {
          tunnel.send("still");
          assertThat(tunnel.in().readNBytes(5)).asString().isEqualTo("still");
          LockSupport.parkNanos(100_000_000);
        }
        assertThat(tunnel.isClosedByRouter()).isTrue();
        assertThat(one.awaitEnd()).isZero();
      }
    }
  }

  private static void echo(Origin.Conversation conversation) throws IOException {
    conversation.head();
    conversation.send(AGREED);
    byte[] bytes = new byte[100];
    for (int n = conversation.in().read(bytes); n >= 0; n = conversation.in().read(bytes)) {
      conversation.out().write(bytes, 0, n);
    }
  }

  /** Reads a frame; its type, or -1 at the end. */
  private static int frame(InputStream in) throws IOException {
    byte[] head = in.readNBytes(9);
    if (head.length < 9) {
      return -1;
    }
    in.readNBytes((head[0] & 255) << 16 | (head[1] & 255) << 8 | (head[2] & 255));
    return head[3];
  }

  @Test
  void aNewRouterOnTheSamePortTakesOverFromTheOldOne() throws Exception {
    one.with("-Dlogback.configurationFile=logback.xml").start().awaitCurrent(); // it is to talk
    try (RouterProcess next = router("next", one.port());
        Callers callers = Callers.start(one.port(), HOST, "/", 20, PER_SECOND)) {
      awaitCalls(callers, PER_SECOND);
      next.start().awaitCurrent();
      one.terminate();
      assertThat(one.awaitEnd()).isZero();
      awaitCalls(callers, PER_SECOND);
      Callers.Report report = callers.stop();
      assertThat(one.output()).contains("new connections go to another router");
      Reliability.atMost(
          "R17",
          "a new router beside the old one: failed requests of " + report.sent(),
          report.failed(),
          0);
    }
  }

  @Test
  void aRouterThatHasJustStartedAnswersItsVeryFirstRequests() throws Exception {
    one.start();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> {
          new Visitor(one.port()).close();
          return true;
        });
    try (Callers callers = Callers.start(one.port(), HOST, "/", 100, 0)) {
      awaitCalls(callers, 1000);
      Callers.Report report = callers.stop();
      assertThat(report.outcomes()).as(one.output()).containsOnlyKeys("200");
      Reliability.atMost(
          "R17",
          "failed requests among the first " + report.sent() + " of a router without a snapshot",
          report.failed(),
          0);
    }
  }
}
