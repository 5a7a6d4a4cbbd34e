package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Instances that are replaced and removed while they are called. */
@Tag(Reliability.TAG)
final class RedeployTest {
  private static final String HOST = "hello.example.com";
  private static final int REDEPLOYS = 20;
  private static final int PER_SECOND = 500;
  private static final int CALLS = Thorough.isAskedFor() ? 100_000 : 4000;
  private static final int RUNNING = 100;
  private static final Duration LONG = Duration.ofSeconds(Thorough.isAskedFor() ? 12 : 1);

  /** Answers after a moment, so that some request is always under way. */
  private static Origin instance() throws IOException {
    return Origin.start(conversation -> {
      while (conversation.request() != null) {
        pause(Duration.ofMillis(10));
        conversation.send(Origin.ok("hello"));
      }
    });
  }

  private static void pause(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  /** As the engine does it: start, publish, wait for what runs on the old one, and end that. */
  private static Origin replace(EdgeFixture router, Origin old, int number) throws Exception {
    Origin fresh = instance();
    router.routes.put(HOST, "hello", MapRoutes.share("hello-" + number, fresh.port()));
    router.edge.awaitTurn();
    String before = "default/hello-" + (number - 1);
    await().until(() -> !router.fleet.inFlight().containsKey(before));
    old.close();
    return fresh;
  }

  @Test
  void noRequestFailsWhenAFunctionIsReplacedAgainAndAgain() throws Exception {
    Origin instance = instance();
    try (EdgeFixture router = EdgeFixture.start()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-0", instance.port()));
      Duration quiet = quiet(router);
      try (Callers callers = Callers.start(router.edge.port(), HOST, "/", 50, PER_SECOND)) {
        for (int i = 1; i <= REDEPLOYS; i++) {
          int due = CALLS * i / (REDEPLOYS + 1);
          await().atMost(Duration.ofMinutes(2)).until(() -> callers.ended() >= due);
          instance = replace(router, instance, i);
        }
        await().atMost(Duration.ofMinutes(2)).until(() -> callers.ended() >= CALLS);
        Callers.Report report = callers.stop();
        assertThat(report.outcomes()).containsOnlyKeys("200");
        Reliability.atMost(
            "R15",
            REDEPLOYS + " redeploys: failed requests of " + report.sent(),
            report.failed(),
            0);
        Reliability.say(
            "R15",
            "p95 beyond that of a quiet time, microseconds",
            Math.max(report.perMille(950).minus(quiet).toNanos() / 1000, 0),
            10_000);
      }
    } finally {
      instance.close();
    }
  }

  private static Duration quiet(EdgeFixture router) throws Exception {
    try (Callers callers = Callers.start(router.edge.port(), HOST, "/", 50, PER_SECOND)) {
      await().until(() -> callers.ended() >= 2 * PER_SECOND);
      return callers.stop().perMille(950);
    }
  }

  @Test
  void whatRunsOnAnInstanceEndsWhenItIsRemovedAndNothingStartsThere() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger started = new AtomicInteger();
    try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor();
        EdgeFixture router = EdgeFixture.start();
        Origin other = instance();
        Origin leaving =
            Origin.start(conversation -> {
              while (conversation.request() != null) {
                started.incrementAndGet();
                end.await(60, TimeUnit.SECONDS);
                conversation.send(Origin.ok("finished"));
              }
            })) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", leaving.port()));
      List<Future<Visitor.Reply>> calls = new ArrayList<>();
      for (int i = 0; i < RUNNING; i++) {
        calls.add(many.submit(() -> router.get(HOST, "/")));
      }
      await().until(() -> started.get() == RUNNING);
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", other.port()));
      router.edge.awaitTurn();
      try (Callers callers = Callers.start(router.edge.port(), HOST, "/", 10, PER_SECOND)) {
        pause(LONG);
        assertThat(callers.stop().failed()).isZero();
      }
      end.countDown();
      int finished = 0;
      for (Future<Visitor.Reply> call : calls) {
        finished += call.get().body().equals("finished") ? 1 : 0;
      }
      Reliability.atLeast(
          "R16", "requests that end on an instance that was removed", finished, RUNNING);
      Reliability.atMost(
          "R16", "requests that start on an instance that was removed", started.get() - RUNNING, 0);
      await().until(() -> router.fleet.inFlight().isEmpty());
    }
  }
}
