package lmnop.standalone.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private final Backoff backoff = new Backoff();

  @Test
  void doublesUpToTenSeconds() {
    List<Long> pauses =
        Stream.generate(() -> backoff.after(Duration.ZERO).toMillis()).limit(8).toList();

    assertThat(pauses).containsExactly(200L, 400L, 800L, 1600L, 3200L, 6400L, 10_000L, 10_000L);
  }

  @Test
  void beginsAgainAfterAHealthyLife() {
    backoff.after(Duration.ZERO);
    backoff.after(Duration.ZERO);

    assertThat(backoff.after(Duration.ofSeconds(10))).isEqualTo(Duration.ZERO);
    assertThat(backoff.after(Duration.ofSeconds(9))).isEqualTo(Duration.ofMillis(200));
  }
}
