package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A router that stops, and an instance that is to stop. */
final class DrainTest {
  private static final String HOST = "hello.example.com";

  @Test
  void finishesWhatRunsAndTakesNothingNew() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    EdgeFixture router = EdgeFixture.start("drain-grace", "100ms");
    try (Origin origin =
            Origin.start(conversation -> {
              conversation.request();
              go.await(10, TimeUnit.SECONDS);
              conversation.send(Origin.ok("done"));
            });
        Visitor running = router.visit();
        Visitor idle = router.visit()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      running.get(HOST, "/");
      await().until(() -> origin.heads().size() == 1);
      Thread stopping = Thread.ofVirtual().start(() -> close(router));
      await().until(() -> !router.edge.isOpen());
      assertThat(idle.isClosedByRouter()).isTrue();
      assertThatThrownBy(router::visit).isInstanceOf(IOException.class);
      go.countDown();
      Visitor.Reply reply = running.reply();
      assertThat(reply.body()).isEqualTo("done");
      assertThat(reply.header("connection")).isEqualTo("close");
      assertThat(running.isClosedByRouter()).isTrue();
      stopping.join();
    }
  }

  /** Where there is one router, nobody else would take them. */
  @Test
  void takesNewClientsWhileIdleOnesHaveTheirMoment() throws Exception {
    EdgeFixture router = EdgeFixture.start("drain-grace", "3s");
    try (Origin origin = Origin.answering(Origin.ok("hello"));
        Visitor idle = router.visit()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      assertThat(idle.get(HOST, "/").reply().status()).isEqualTo(200);
      Thread stopping = Thread.ofVirtual().start(() -> close(router));
      await().until(() -> !router.edge.isOpen());
      try (Visitor late = router.visit()) {
        Visitor.Reply reply = late.get(HOST, "/").reply();
        assertThat(reply.body()).isEqualTo("hello");
        assertThat(reply.header("connection")).isEqualTo("close");
      }
      assertThat(idle.isClosedByRouter()).isTrue();
      stopping.join();
      assertThatThrownBy(router::visit).isInstanceOf(IOException.class);
    }
  }

  /** A balancer that has not learned of it yet meets nobody who refuses. */
  @Test
  void takesNewClientsForItsDelayThoughNobodyIsConnected() throws Exception {
    EdgeFixture router = EdgeFixture.start("drain-delay", "60s", "drain-time", "6s");
    try (Origin origin = Origin.answering(Origin.ok("hello"))) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      long began = System.nanoTime();
      Thread stopping = Thread.ofVirtual().start(() -> close(router));
      await().until(() -> !router.edge.isOpen());
      for (int i = 0; i < 2; i++) { // after the first has gone, nobody is connected again
        try (Visitor late = router.visit()) {
          Visitor.Reply reply = late.get(HOST, "/").reply();
          assertThat(reply.body()).isEqualTo("hello");
          assertThat(reply.header("connection")).isEqualTo("close");
        }
      }
      stopping.join();
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("half of the time that running requests have, and not the whole delay")
          .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(50));
      assertThatThrownBy(router::visit).isInstanceOf(IOException.class);
    }
  }

  @Test
  void breaksOffWhatDoesNotEnd() throws Exception {
    EdgeFixture router = EdgeFixture.start("drain-time", "300ms");
    try (Origin origin =
            Origin.start(conversation -> {
              conversation.request();
              conversation.in().read();
            });
        Visitor running = router.visit()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      running.get(HOST, "/");
      await().until(() -> origin.heads().size() == 1);
      close(router);
      assertThat(running.isClosedByRouter()).isTrue();
    }
  }

  private static void close(EdgeFixture router) {
    try {
      router.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the provider relies on before it stops an instance. */
  @Test
  void countsARequestUntilItsAnswerIsComplete() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (EdgeFixture router = EdgeFixture.start();
        Origin origin =
            Origin.start(conversation -> {
              conversation.request();
              conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
              go.await(10, TimeUnit.SECONDS);
              conversation.send("b");
            });
        Visitor visitor = router.visit()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      visitor.get(HOST, "/").head();
      router.routes.put(HOST, "hello", MapRoutes.share("hello-b"));
      router.edge.awaitTurn();
      assertThat(router.fleet.inFlight()).containsEntry("default/hello-a", 1);
      go.countDown();
      assertThat(visitor.in().readNBytes(2)).asString().isEqualTo("ab");
      router.edge.awaitTurn();
      assertThat(router.fleet.inFlight()).isEmpty();
      assertThat(router.fleet.lost()).isEmpty();
    }
  }
}
