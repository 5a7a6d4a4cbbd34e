package lmnop.providerapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class EngineLimitsTest {
  private static final EngineLimits FEW =
      new EngineLimits("It", "there", 5, false, false, List.of("amazonaws.com"), 15, 14);

  private static final EngineLimits NONE =
      new EngineLimits(
          "It", "there", Integer.MAX_VALUE, true, true, List.of(), Integer.MAX_VALUE, 14);

  private static Optional<String> refused(String label, String value) {
    assertThat(NONE.refusal(Map.of(label, value), Map.of())).isEmpty();
    return FEW.refusal(Map.of(label, value), Map.of());
  }

  @Test
  void saysWhatCannotBeHad() {
    assertThat(refused(WorkloadLabels.SCALE_MIN, "6"))
        .hasValueSatisfying(
            why -> assertThat(why).endsWith("is 6: It runs at most 5 instances of a function"));
    assertThat(refused(WorkloadLabels.SCALE_MAX, " 5 ")).isEmpty();
    assertThat(refused(WorkloadLabels.SCALE_ZERO, "1")).isPresent();
    assertThat(refused(WorkloadLabels.SCALE_ZERO, "false")).isEmpty();
    assertThat(refused(WorkloadLabels.SCALE_TYPE, "cpu")).isPresent();
    assertThat(refused(WorkloadLabels.SCALE_TYPE, "rps")).isEmpty();
    assertThat(FEW.refusal(Map.of(), Map.of("a.amazonaws.com/b", "c")))
        .hasValue("It takes no annotation a.amazonaws.com/b");
  }

  @Test
  void whatIsNoNumberIsRefusedElsewhere() {
    assertThat(refused(WorkloadLabels.SCALE_MAX, "many")).isEmpty();
  }

  @Test
  void countsWhatIsThere() {
    assertThat(FEW.full(1)).isEmpty();
    assertThat(FEW.full(2)).hasValue("It runs at most 15 functions, and has 14: delete one first");
    assertThat(FEW.having(15).full(1)).isPresent();
    assertThat(NONE.full(100)).isEmpty();
  }
}
