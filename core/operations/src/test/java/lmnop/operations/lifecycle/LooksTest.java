package lmnop.operations.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LooksTest {
  private final Looks looks = new Looks(Duration.ofMillis(10), Duration.ofMillis(250));

  @ParameterizedTest
  @CsvSource({"0, 10", "199, 10", "400, 20", "1000, 50", "5000, 250", "600000, 250"})
  void thePauseIsATwentiethOfWhatWasWaitedWithinItsBounds(long waited, long pause) {
    assertThat(looks.after(Duration.ofMillis(waited))).isEqualTo(Duration.ofMillis(pause));
  }
}
