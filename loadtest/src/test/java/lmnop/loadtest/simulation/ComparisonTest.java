package lmnop.loadtest.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
  private static List<Verdict> neighbours(int alone, int beside) {
    return Verdict.read(
        List.of(
            "Global: count of failed events is 0.0 : true (actual : 0.0)",
            "fast alone: 99th percentile of response time is less : true (actual : %d.0)"
                .formatted(alone),
            "fast beside slow: 99th percentile of response time is less : true (actual : %d.0)"
                .formatted(beside)));
  }

  private static List<Verdict> levels(int... answers) {
    return IntStream.range(0, answers.length)
        .mapToObj(i ->
            "level %d: count of successful events is greater than 0.0 : true (actual : %d.0)"
                .formatted(i + 1, answers[i]))
        .collect(Collectors.collectingAndThen(Collectors.toList(), Verdict::read));
  }

  private static boolean held(Simulation simulation, List<Verdict> verdicts) {
    return Comparison.of(simulation, verdicts).getFirst().held();
  }

  @Test
  void readsWhatGatlingSays() {
    List<Verdict> read =
        Verdict.read(
            List.of(
                "Generating reports...",
                "Global: count of failed events is 0.0 : false (actual : 12.0)"));
    assertThat(read)
        .containsExactly(new Verdict("Global: count of failed events is 0.0", false, "12.0"));
  }

  @Test
  void holdsANeighbourToARatioWithRoomForNoise() {
    assertThat(held(Simulation.SLOW_NEIGHBOUR, neighbours(10, 60))).isTrue();
    assertThat(held(Simulation.SLOW_NEIGHBOUR, neighbours(10, 61))).isFalse();
    assertThat(held(Simulation.SLOW_NEIGHBOUR, neighbours(200, 300))).isTrue();
    assertThat(held(Simulation.SLOW_NEIGHBOUR, neighbours(200, 301))).isFalse();
  }

  @Test
  void holdsTheLastLevelToTheBest() {
    assertThat(held(Simulation.RAMP, levels(500, 1000, 1000, 900, 700))).isTrue();
    assertThat(held(Simulation.RAMP, levels(500, 1000, 1000, 900, 699))).isFalse();
  }

  @Test
  void isNotContentWithoutFigures() {
    assertThat(held(Simulation.SLOW_NEIGHBOUR, List.of())).isFalse();
    assertThat(held(Simulation.RAMP, levels(1000, 1000))).isFalse();
  }
}
