package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.registry.table.RoutePolicy;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** First calls of functions without an instance; a provider that takes its time starts them. */
@Tag(Reliability.TAG)
final class FromZeroTest {
  private static final int FIRST_CALLS = Thorough.isAskedFor() ? 1000 : 50;
  private static final int AT_ONCE = 10;
  private static final int BURST = 500;
  private static final int LIMIT = 4;
  private static final int SLOWEST_START = Thorough.isAskedFor() ? 800 : 200; // milliseconds

  private final ExecutorService many = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger scaleCalls = new AtomicInteger();
  private final Map<String, Long> readyAt = new ConcurrentHashMap<>();
  private RoutePolicy policy = RoutePolicy.DEFAULT;
  private Origin instance;
  private Origin provider;
  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    instance =
        Origin.start(conversation -> {
          while (conversation.request() != null) {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            LockSupport.parkNanos(1_000_000);
            now.decrementAndGet();
            conversation.send(Origin.ok("awake"));
          }
        });
    provider = Origin.start(this::scale);
    router = EdgeFixture.withProvider(provider.port());
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
    many.close();
    provider.close();
    instance.close();
  }

  /** Answers at once, and starts the instance in its own time. */
  private void scale(Origin.Conversation conversation) throws IOException {
    for (String asked = conversation.request(); asked != null; asked = conversation.request()) {
      scaleCalls.incrementAndGet();
      String workload = asked.substring(asked.indexOf("scale-function/") + 15, asked.indexOf('?'));
      Executor later =
          CompletableFuture.delayedExecutor(
              ThreadLocalRandom.current().nextInt(20, SLOWEST_START), TimeUnit.MILLISECONDS, many);
      later.execute(() -> {
        readyAt.put(workload, System.nanoTime());
        put(workload, MapRoutes.share(workload, policy, instance.port()));
      });
      conversation.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    }
  }

  private void put(String name, Share share) {
    router.routes.put(name + ".example.com", name, share);
  }

  /** Calls a function for the first time; returns how long after its start the answer came. */
  private @Nullable Long firstCall(String name) throws IOException {
    put(name, MapRoutes.share(name, policy));
    Visitor.Reply reply = router.get(name + ".example.com", "/");
    Long ready = readyAt.get(name);
    return reply.status() == 200 && ready != null ? System.nanoTime() - ready : null;
  }

  @Test
  void everyFirstCallIsAnswered() throws Exception {
    Queue<Integer> numbers = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < FIRST_CALLS; i++) {
      numbers.add(i);
    }
    List<Future<List<Long>>> callers = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      callers.add(
          many.submit(() -> {
            List<Long> answered = new ArrayList<>();
            for (Integer next = numbers.poll(); next != null; next = numbers.poll()) {
              Long nanos = firstCall("cold" + next);
              if (nanos != null) {
                answered.add(nanos);
              }
            }
            return answered;
          }));
    }
    List<Long> answered = new ArrayList<>();
    for (Future<List<Long>> caller : callers) {
      answered.addAll(caller.get());
    }
    Reliability.atMost(
        "R18",
        "failed first calls of " + FIRST_CALLS + " functions without an instance",
        FIRST_CALLS - answered.size(),
        0);
    Reliability.atMost("R18", "calls to the provider beyond one each", extraCalls(FIRST_CALLS), 0);
    answered.sort(Long::compare);
    long slow = answered.get(answered.size() * 95 / 100);
    Reliability.say(
        "R18",
        "p95 from the instance's start to the answer, milliseconds",
        Duration.ofNanos(slow).toMillis(),
        50);
  }

  private int extraCalls(int expected) {
    return scaleCalls.get() - expected;
  }

  @Test
  void aBurstWaitsForTheFirstInstanceAndDoesNotFloodIt() throws Exception {
    policy = new RoutePolicy(null, null, null, LIMIT, null, null);
    put("cold", MapRoutes.share("cold", policy));
    List<Future<Visitor.Reply>> calls = new ArrayList<>();
    for (int i = 0; i < BURST; i++) {
      calls.add(many.submit(() -> router.get("cold.example.com", "/")));
    }
    int failed = 0;
    for (Future<Visitor.Reply> call : calls) {
      failed += call.get().status() == 200 ? 0 : 1;
    }
    Reliability.atMost("R18", "failed calls of a burst of " + BURST + " on nothing", failed, 0);
    Reliability.atMost("R18", "the most that its first instance had at once", most.get(), LIMIT);
    Reliability.atMost("R18", "calls to the provider for the burst", scaleCalls.get(), 1);
    assertThat(router.metrics.text()).contains("lmnop_router_waiting 0.0");
  }

  @Test
  void anInstanceThatGoesAgainIsAskedForAgainAtOnce() throws Exception {
    for (int i = 0; i < 3; i++) { // as one that is ended for its idleness, or by a fault
      put("fickle", MapRoutes.share("fickle", policy));
      assertThat(router.get("fickle.example.com", "/").status()).isEqualTo(200);
    }
    assertThat(scaleCalls).hasValue(3);
  }
}
