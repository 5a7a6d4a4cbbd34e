package lmnop.loadtest.bench.push;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PushTimesTest {
  private static final Instant BEGAN = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void thePartsAddUpToTheWholeAndNothingIsCountedTwice() {
    History.Live live =
        new History.Live(
            BEGAN.plusMillis(100),
            BEGAN.plusMillis(110),
            BEGAN.plusMillis(600),
            Map.of(
                "CHECKOUT", 10L,
                "TEMPLATE", 200L,
                "DEPENDENCIES", 50L,
                "BUILD", 120L,
                "ARTIFACT", 20L,
                "DEPLOY", 40L,
                "VERIFY", 100L,
                "CUTOVER", 30L));
    PushTimes times = PushTimes.of(BEGAN, live, BEGAN.plusMillis(650), BEGAN.plusMillis(660));
    assertThat(times.whole()).isEqualTo(660);
    assertThat(times.part(PushTimes.RECEIVED)).isEqualTo(100);
    assertThat(times.parts())
        .containsEntry("TEMPLATE, the rest", 30.0)
        .containsEntry("from build to release", 90.0)
        .containsEntry("first 200", 10.0);
  }
}
