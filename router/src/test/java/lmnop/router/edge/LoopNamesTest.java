package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import lmnop.router.BlockCheck;
import org.junit.jupiter.api.Test;

/** The check for waits knows event loops by their threads' names. */
final class LoopNamesTest {
  @Test
  void everyLoopIsWatched() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start("event-loops", "2")) {
      assertThat(fixture.edge.port()).isPositive();
      long watched =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith(BlockCheck.LOOPS))
              .count();
      assertThat(watched).isGreaterThanOrEqualTo(2);
    }
  }
}
