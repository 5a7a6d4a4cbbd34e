package lmnop.provider.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class WrongPortTest {
  private final SortedSet<Integer> open = new TreeSet<>();
  private long now;
  private final WrongPort wrongPort = new WrongPort(5000, () -> open, () -> now);

  private boolean told(Duration later) {
    now += later.toNanos();
    return wrongPort.look().isPresent();
  }

  @Test
  void saysOnceWhereAProgramListensThatStaysElsewhere() {
    open.add(3000);
    open.add(9090);
    assertThat(wrongPort.look()).isEmpty();
    assertThat(told(Duration.ofSeconds(4))).isFalse();
    now += Duration.ofSeconds(1).toNanos();
    assertThat(wrongPort.look().orElseThrow())
        .isEqualTo(
            "it listens on port 3000 and 9090 and not on 5000: its program must listen on"
                + " 127.0.0.1:5000 ($PORT)");
    assertThat(told(Duration.ofSeconds(10))).isFalse();
  }

  @Test
  void aProgramThatOpensTheRightPortLaterIsFine() {
    open.add(9090);
    assertThat(told(Duration.ZERO)).isFalse();
    open.add(5000);
    assertThat(told(Duration.ofSeconds(6))).isFalse();
    open.remove(5000);
    assertThat(told(Duration.ofSeconds(1))).isFalse();
    assertThat(told(Duration.ofSeconds(4))).isFalse();
    assertThat(told(Duration.ofSeconds(1))).isTrue();
  }

  @Test
  void aProgramThatListensNowhereIsOnlySlow() {
    assertThat(told(Duration.ofSeconds(60))).isFalse();
  }
}
