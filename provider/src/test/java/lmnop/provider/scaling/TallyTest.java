package lmnop.provider.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import lmnop.provider.api.ByLoad.Measure;
import lmnop.provider.registry.RouterReport;
import lmnop.provider.registry.Routers.Reports;
import org.junit.jupiter.api.Test;

final class TallyTest {
  private static final String HELLO = "default/hello";

  private final Tally tally = new Tally();

  private static RouterReport report(String router, int inFlight, int waiting, long begun) {
    return new RouterReport(
        router, "", Map.of(HELLO, inFlight), Map.of(HELLO, waiting), Map.of(HELLO, begun));
  }

  private Sample heard(int second, Measure measure, RouterReport... reports) {
    tally.hear(new Reports(true, List.of(reports)), Duration.ofSeconds(second));
    return tally.sample(HELLO, measure, null);
  }

  @Test
  void addsWhatAllRoutersHaveInFlightAndWaiting() {
    Sample sample = heard(1, Measure.CAPACITY, report("a", 3, 1, 9), report("b", 5, 2, 9));
    assertThat(sample.load()).isEqualTo(11);
    assertThat(sample.used()).isTrue();
    assertThat(sample.whole()).isTrue();
  }

  @Test
  void aRequestThatIsOverAgainIsUse() {
    heard(1, Measure.CAPACITY, report("a", 0, 0, 9));
    assertThat(heard(2, Measure.CAPACITY, report("a", 0, 0, 9)).used()).isFalse();
    assertThat(heard(3, Measure.CAPACITY, report("a", 0, 0, 10)).used()).isTrue();
    assertThat(heard(4, Measure.CAPACITY, report("a", 0, 0, 10)).used()).isFalse();
  }

  @Test
  void ratesAreOfTheTimeSinceEachRouterReportedLast() {
    heard(10, Measure.RPS, report("a", 0, 0, 100), report("b", 0, 0, 0));
    assertThat(heard(12, Measure.RPS, report("a", 0, 0, 140)).load()).isEqualTo(20);
    Sample both = heard(14, Measure.RPS, report("a", 0, 0, 140), report("b", 0, 0, 40));
    assertThat(both.load()).isEqualTo(10);
  }

  @Test
  void aRouterThatCountsAnewHasNoRateAndIsUse() {
    heard(1, Measure.RPS, report("a", 0, 0, 1000));
    Sample again = heard(2, Measure.RPS, report("a", 0, 0, 7));
    assertThat(again.load()).isZero();
    assertThat(again.used()).isTrue();
    assertThat(heard(3, Measure.RPS, report("a", 0, 0, 12)).load()).isEqualTo(5);
  }

  @Test
  void countsGoOnPastTheLargest() {
    heard(1, Measure.RPS, report("a", 0, 0, 0xFFFF_FFFAL));
    assertThat(heard(2, Measure.RPS, report("a", 0, 0, 4)).load()).isEqualTo(10);
  }

  @Test
  void whatIsMissingIsNotWhole() {
    tally.hear(new Reports(false, List.of()), Duration.ofSeconds(1));
    assertThat(tally.sample(HELLO, Measure.CAPACITY, null).whole()).isFalse();
    tally.hear(new Reports(true, List.of()), Duration.ofSeconds(2));
    assertThat(tally.sample(HELLO, Measure.CPU, null).whole()).isFalse();
    assertThat(tally.sample(HELLO, Measure.CPU, 40.0).load()).isEqualTo(40);
  }
}
