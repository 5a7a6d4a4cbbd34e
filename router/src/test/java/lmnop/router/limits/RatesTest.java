package lmnop.router.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RoutePolicy.Rate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RatesTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Rates rates = new Rates();

  private static RoutePolicy policy(@Nullable Rate function, @Nullable Rate client) {
    return new RoutePolicy(null, null, null, null, null, null, function, client, null, null);
  }

  private Rates.Verdict count(RoutePolicy policy, String client, long now) {
    return Objects.requireNonNull(rates.count(1, policy, client, now));
  }

  /** The clock of {@code System.nanoTime} may stand anywhere. */
  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 5_000_000_000L, Long.MIN_VALUE, -1})
  void letsABucketThroughAtOnceAndThenWhatGrows(long start) {
    RoutePolicy five = policy(new Rate(5, 1000), null);
    for (int left = 4; left >= 0; left--) {
      Rates.Verdict verdict = count(five, "a", start);
      assertThat(verdict.let()).isTrue();
      assertThat(verdict.left()).isEqualTo(left);
    }
    Rates.Verdict refused = count(five, "b", start + 1);
    assertThat(refused.let()).isFalse();
    assertThat(refused.waitNanos()).isBetween(1L, SECOND / 5);
    assertThat(count(five, "b", start + SECOND / 5).let()).isTrue();
    assertThat(count(five, "b", start + SECOND / 5).let()).isFalse();
    assertThat(count(five, "b", start + 10 * SECOND).left()).isEqualTo(4);
  }

  @Test
  void countsEachClientForItself() {
    RoutePolicy two = policy(null, new Rate(2, 60_000));
    assertThat(count(two, "a", 0).let()).isTrue();
    assertThat(count(two, "a", 0).let()).isTrue();
    Rates.Verdict refused = count(two, "a", 0);
    assertThat(refused.let()).isFalse();
    assertThat(refused.ofClient()).isTrue();
    assertThat(count(two, "b", 0).let()).isTrue();
    assertThat(rates.count(2, two, "a", 0)).matches(v -> v != null && v.let());
  }

  @Test
  void forgetsWhatAStricterRateOfBeforeWouldStillRefuse() {
    RoutePolicy strict = policy(new Rate(2, 3_600_000), null);
    count(strict, "a", 0);
    count(strict, "a", 0);
    assertThat(count(strict, "a", 0).let()).isFalse();
    RoutePolicy loose = policy(new Rate(100, 1000), null);
    assertThat(count(loose, "a", SECOND).let()).isFalse(); // full by the new rate, no more
    assertThat(count(loose, "a", 2 * SECOND).let()).isTrue();
  }

  @Test
  void namesTheOneThatIsNearerToItsEnd() {
    RoutePolicy both = policy(new Rate(3, 1000), new Rate(100, 1000));
    assertThat(count(both, "a", 0).ofClient()).isFalse();
    assertThat(count(both, "b", 0).left()).isEqualTo(1);
  }

  @Test
  void saysNothingOfWhatHasNoRate() {
    assertThat(rates.count(1, RoutePolicy.DEFAULT, "a", 0)).isNull();
    assertThat(rates.size()).isZero();
  }

  @Test
  void letsNoMoreThroughWhereManyAskAtOnce() {
    RoutePolicy hundred = policy(new Rate(100, 3_600_000), null);
    AtomicInteger let = new AtomicInteger();
    IntStream.range(0, 2000)
        .parallel()
        .filter(i -> count(hundred, "a", 0).let())
        .forEach(i -> let.incrementAndGet());
    assertThat(let).hasValue(100);
  }
}
