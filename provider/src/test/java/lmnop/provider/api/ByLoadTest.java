package lmnop.provider.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.Map;
import lmnop.provider.api.ByLoad.Measure;
import lmnop.provider.api.ByLoad.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ByLoadTest {
  private static final String TARGET = "com.openfaas.scale.target";
  private static final String TYPE = "com.openfaas.scale.type";
  private static final String ZERO = "com.openfaas.scale.zero";
  private static final String IDLE = "com.openfaas.scale.zero-duration";

  @Test
  void labelsSayWhatOpenFaasSaysByThem() {
    assertThat(ByLoad.of(Map.of(TARGET, "5")).target()).isEqualTo(new Target(Measure.RPS, 5));
    assertThat(ByLoad.of(Map.of(TYPE, "cpu")).target()).isEqualTo(new Target(Measure.CPU, 50));
    assertThat(ByLoad.of(Map.of(TARGET, "7", TYPE, "capacity")).target())
        .isEqualTo(new Target(Measure.CAPACITY, 7));
    ByLoad sleeps = ByLoad.of(Map.of(ZERO, "true", IDLE, "1h2m3s"));
    assertThat(sleeps.zero()).isTrue();
    assertThat(sleeps.idle()).isEqualTo(Duration.ofSeconds(3723));
  }

  @Test
  void nothingIsAskedWithoutATargetOrZero() {
    assertThat(ByLoad.of(null).isAsked()).isFalse();
    assertThat(
            ByLoad.of(Map.of(ZERO, "false", IDLE, "5m", "com.openfaas.scale.max", "9")).isAsked())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        TARGET + "|many",
        TARGET + "|0",
        TARGET + "|-1",
        TARGET + "|1000001",
        TARGET + "|99999999999",
        TYPE + "|queue",
        TYPE + "|''",
        IDLE + "|0s",
        IDLE + "|soon",
        IDLE + "|''",
        IDLE + "|-5m",
        IDLE + "|99999999999h"
      })
  void whatMeansNothingIsRefusedWithItsLabelAndValue(String label, String value) {
    assertThatExceptionOfType(Refused.class)
        .isThrownBy(() -> ByLoad.of(Map.of(label, value)))
        .withMessageStartingWith("The label %s is '%s':", label, value);
  }
}
