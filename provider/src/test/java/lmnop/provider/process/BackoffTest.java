package lmnop.provider.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private final AtomicLong now =
      new AtomicLong(Long.MAX_VALUE - 1000); // such a clock may turn over
  private final Backoff backoff = new Backoff(now::get);

  private Duration crash() {
    return backoff.failed("it crashed", Duration.ZERO);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void theFirstStartWaitsForNothing() {
    assertThat(backoff.mayStart()).isTrue();
    assertThat(backoff.reason()).isNull();
  }

  @Test
  void waitsTwiceAsLongAfterEachCrashAndAMinuteAtMost() {
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      waits.add(crash().toMillis());
    }
    assertThat(waits)
        .containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 16000L, 32000L, 60000L, 60000L, 60000L);
    for (int i = 0; i < 1_000; i++) {
      assertThat(crash()).isEqualTo(Duration.ofMinutes(1));
    }
  }

  @Test
  void aCrashLoopOfAnHourStartsAtMostSeventyTimes() {
    int starts = 0;
    for (int second = 0; second < 3600; second++) {
      if (backoff.mayStart()) {
        starts++;
        crash();
      }
      pass(Duration.ofSeconds(1));
    }
    assertThat(starts).isBetween(60, 70);
  }

  @Test
  void startsWhenTheTimeIsOverAndNotBefore() {
    Duration wait = crash();
    pass(wait.minusNanos(1));
    assertThat(backoff.mayStart()).isFalse();
    pass(Duration.ofNanos(1));
    assertThat(backoff.mayStart()).isTrue();
    assertThat(backoff.reason()).isEqualTo("it crashed");
  }

  @Test
  void anInstanceThatRanForAMinuteBeginsAfresh() {
    crash();
    crash();
    assertThat(backoff.failed("later", Duration.ofSeconds(60))).isEqualTo(Duration.ofMillis(500));
    assertThat(backoff.failed("soon", Duration.ofSeconds(59))).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void anotherRevisionDoesNotPayForTheOneBefore() {
    crash();
    backoff.reset();
    assertThat(backoff.mayStart()).isTrue();
    assertThat(backoff.reason()).isNull();
    assertThat(crash()).isEqualTo(Duration.ofMillis(500));
  }
}
