package lmnop.provider.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CpuTallyTest {
  private static final Duration HALF = Duration.ofMillis(500);

  private final CpuTally tally = new CpuTally();

  @Test
  void countsWhatInstancesTookSinceTheLastLook() {
    assertThat(tally.look("w", Map.of("a", HALF), Duration.ofSeconds(1))).isNull();
    Map<String, Duration> both = Map.of("a", HALF.multipliedBy(2), "b", HALF);
    assertThat(tally.look("w", both, Duration.ofSeconds(3))).isEqualTo(500.0);
    assertThat(tally.look("w", Map.of("b", HALF), Duration.ofSeconds(4)))
        .as("one went, the other rests")
        .isZero();
  }

  @Test
  void isNotKnownWhereNothingIsCountedNorAfterAGap() {
    tally.look("w", Map.of("a", HALF), Duration.ofSeconds(1));
    assertThat(tally.look("w", Map.of(), Duration.ofSeconds(2))).isNull();
    tally.look("w", Map.of("a", HALF), Duration.ofSeconds(3));
    assertThat(tally.look("w", Map.of("a", HALF), Duration.ofSeconds(3))).isNull();
    tally.keep(Set.of());
    assertThat(tally.look("w", Map.of("a", HALF), Duration.ofSeconds(4))).isNull();
  }
}
