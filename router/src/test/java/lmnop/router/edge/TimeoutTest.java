package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lmnop.registry.table.RoutePolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long a function may take, by its own word and by the router's. */
final class TimeoutTest {
  private static final String HOST = "slow.example.com";

  private final CountDownLatch never = new CountDownLatch(1);
  private EdgeFixture router;
  private Origin slow;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start("first-byte-time", "300ms");
    slow =
        Origin.start(conversation -> {
          while (conversation.request() != null) {
            never.await(1500, TimeUnit.MILLISECONDS); // longer than the router's own patience
            conversation.send(Origin.ok("at last"));
          }
        });
  }

  @AfterEach
  void stop() throws Exception {
    never.countDown();
    slow.close();
    router.close();
  }

  private Visitor.Reply call(@Nullable Long total, @Nullable Long firstByte, int... ports)
      throws Exception {
    RoutePolicy policy = new RoutePolicy(total, firstByte, null, null, null, null);
    router.routes.put(HOST, "slow", MapRoutes.share("slow-1", policy, ports));
    return router.get(HOST, "/");
  }

  @Test
  void aFunctionThatSaysNothingHasTheRoutersTime() throws Exception {
    assertThat(call(null, null, slow.port()).status()).isEqualTo(504);
    assertThat(router.metrics.text()).contains("outcome=\"no_answer_in_time\"} 1");
  }

  @Test
  void whoMayTakeLongInAllMayTakeLongToBegin() throws Exception {
    assertThat(call(60_000L, null, slow.port()).body()).isEqualTo("at last");
  }

  @Test
  void whoSaysHowLongItMayTakeToBeginIsHeldToIt() throws Exception {
    assertThat(call(60_000L, 300L, slow.port()).status()).isEqualTo(504);
    assertThat(router.metrics.text()).contains("outcome=\"no_answer_in_time\"} 1");
  }

  @Test
  void waitingForAnInstanceCounts() throws Exception {
    Visitor.Reply reply = call(300L, null);
    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.body()).startsWith("The call took longer than the function allows.");
    assertThat(router.metrics.text())
        .contains("outcome=\"total_time_over\"} 1")
        .contains("lmnop_router_waiting 0.0");
  }
}
