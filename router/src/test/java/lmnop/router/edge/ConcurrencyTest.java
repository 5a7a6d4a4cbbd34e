package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import lmnop.registry.table.RoutePolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A function that says how many requests each of its instances takes at once. */
final class ConcurrencyTest {
  private static final String HOST = "hello.example.com";

  private final ExecutorService many = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @AfterEach
  void stop() {
    many.close();
  }

  private static RoutePolicy takes(int limit, @Nullable Integer queue) {
    return new RoutePolicy(null, null, null, limit, queue, null);
  }

  /** Answers each request when the latch is open, and counts how many there are at once. */
  private Origin counting(CountDownLatch open) throws IOException {
    return Origin.start(conversation -> {
      while (conversation.request() != null) {
        most.accumulateAndGet(now.incrementAndGet(), Math::max);
        open.await(20, TimeUnit.SECONDS);
        now.decrementAndGet();
        conversation.send(Origin.ok("done"));
      }
    });
  }

  private List<Future<Visitor.Reply>> call(EdgeFixture router, int times) {
    List<Future<Visitor.Reply>> calls = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      calls.add(many.submit(() -> router.get(HOST, "/")));
    }
    return calls;
  }

  private static void awaitWaiting(EdgeFixture router, int count) {
    await().until(() -> router.metrics.text().contains("lmnop_router_waiting " + count + ".0"));
  }

  @Test
  void noInstanceGetsMoreThanItTakes() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (EdgeFixture router = EdgeFixture.start();
        Origin one = counting(open);
        Origin other = counting(open)) {
      router.routes.put(
          HOST, "hello", MapRoutes.share("hello-a", takes(3, null), one.port(), other.port()));
      List<Future<Visitor.Reply>> calls = call(router, 100);
      await().until(() -> now.get() == 6);
      awaitWaiting(router, 94);
      open.countDown();
      for (Future<Visitor.Reply> call : calls) {
        assertThat(call.get().body()).isEqualTo("done");
      }
      assertThat(most).hasValue(6);
      assertThat(router.fleet.inFlight()).isEmpty();
    }
  }

  @Test
  void moreThanMayWaitAreRefused() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (EdgeFixture router = EdgeFixture.start();
        Origin origin = counting(open)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", takes(1, 2), origin.port()));
      List<Future<Visitor.Reply>> calls = call(router, 1);
      await().until(() -> now.get() == 1);
      calls.addAll(call(router, 2));
      awaitWaiting(router, 2);
      Visitor.Reply refused = router.get(HOST, "/");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      assertThat(refused.body()).contains("as many requests as it takes");
      open.countDown();
      for (Future<Visitor.Reply> call : calls) {
        assertThat(call.get().body()).isEqualTo("done");
      }
      assertThat(router.metrics.text()).contains("outcome=\"all_busy\"} 1\n");
    }
  }

  @Test
  void nobodyWaitsWhereNobodyMay() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (EdgeFixture router = EdgeFixture.start();
        Origin origin = counting(open)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", takes(1, 0), origin.port()));
      List<Future<Visitor.Reply>> calls = call(router, 1);
      await().until(() -> now.get() == 1);
      assertThat(router.get(HOST, "/").status()).isEqualTo(503);
      open.countDown();
      assertThat(calls.getFirst().get().status()).isEqualTo(200);
    }
  }

  @Test
  void aWaitHasAnEnd() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (EdgeFixture router = EdgeFixture.start("wait-time", "200ms");
        Origin origin = counting(open)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", takes(1, null), origin.port()));
      List<Future<Visitor.Reply>> calls = call(router, 1);
      await().until(() -> now.get() == 1);
      assertThat(router.get(HOST, "/").status()).isEqualTo(503);
      assertThat(router.metrics.text()).contains("outcome=\"all_busy\"} 1\n");
      open.countDown();
      assertThat(calls.getFirst().get().status()).isEqualTo(200);
    }
  }

  @Test
  void aClientThatLeavesMakesRoom() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (EdgeFixture router = EdgeFixture.start();
        Origin origin = counting(open)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", takes(1, null), origin.port()));
      Visitor leaving = router.visit();
      leaving.get(HOST, "/");
      await().until(() -> now.get() == 1);
      List<Future<Visitor.Reply>> calls = call(router, 1);
      awaitWaiting(router, 1);
      leaving.close();
      await().until(() -> origin.connections() == 2);
      open.countDown();
      assertThat(calls.getFirst().get().status()).isEqualTo(200);
    }
  }

  /** Such a program never looks at a second connection before the first one has ended. */
  @Test
  void idleConnectionsTakeNoThreadThatAnotherEventLoopNeeds() throws Exception {
    ReentrantLock onlyThread = new ReentrantLock();
    try (EdgeFixture router = EdgeFixture.start("event-loops", "2", "origin-idle-time", "60s");
        Origin origin =
            Origin.start(conversation -> {
              onlyThread.lock();
              try {
                while (conversation.request() != null) {
                  conversation.send(Origin.ok("served"));
                }
              } finally {
                onlyThread.unlock();
              }
            })) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", takes(1, null), origin.port()));
      for (int i = 0; i < 10; i++) { // new clients go to the event loops in turn
        assertThat(router.get(HOST, "/").body()).isEqualTo("served");
      }
    }
  }
}
