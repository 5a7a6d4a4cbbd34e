package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LimitsTest {
  @ParameterizedTest
  @CsvSource({
    "128Mi,134217728",
    "1Gi,1073741824",
    "64M,64000000",
    "0.5Gi,536870912",
    "16777216,16777216"
  })
  void readsMemory(String text, long bytes) {
    assertThat(Limits.of(text, null).memoryBytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"100m,100", "0.5,500", "2,2000", "0.25,250"})
  void readsProcessors(String text, int millis) {
    assertThat(Limits.of(null, text).cpuMillis()).isEqualTo(millis);
  }

  @Test
  void hasDefaults() {
    assertThat(Limits.of(null, "")).isEqualTo(new Limits(128L << 20, 0, 256));
    assertThat(Limits.of(null, null).memory()).isEqualTo("128Mi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"much", "-1Mi", "1Mi", "128mb", "1.5.5Gi", "99999999999Gi"})
  void saysWhichMemoryDoesNotFit(String text) {
    assertThatThrownBy(() -> Limits.of(text, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The memory limit is '" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fast", "-1", "1m", "0.00001", "100mm"})
  void saysWhichProcessorsDoNotFit(String text) {
    assertThatThrownBy(() -> Limits.of(null, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The cpu limit is '" + text + "'");
  }

  @Test
  void doesWithoutControlGroupsWhereThereAreNone(@TempDir Path mount) throws Exception {
    Cgroups cgroups = Cgroups.detect(mount, "lmnop-x");
    assertThat(cgroups.create("one", Limits.of(null, null))).isEmpty();
    FallbackLimits.writeIfNeeded(mount, Limits.of("128Mi", null), true, true);
    assertThat(mount.resolve("fallback-limits"))
        .content()
        .contains("ulimit -d 655360")
        .contains("-u 256");
  }
}
