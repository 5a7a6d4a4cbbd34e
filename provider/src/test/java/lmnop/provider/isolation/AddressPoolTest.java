package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AddressPoolTest {
  @TempDir Path directory;
  private final SettableClock clock = new SettableClock();
  private final Set<Integer> taken = new HashSet<>();

  private AddressPool pool(int size) {
    return new AddressPool(size, directory.resolve("addresses"), clock, taken::contains, 0);
  }

  @Test
  void nobodyElseGetsAPlaceWithinAnHourAfterIt() throws IOException {
    AddressPool pool = pool(1);
    assertThat(pool.take("a")).isZero();
    pool.giveBack(0, "a");
    clock.pass(Duration.ofMinutes(59));
    assertThatThrownBy(() -> pool.take("b"))
        .hasMessageContaining("all 1 addresses are in use or rest");
    clock.pass(Duration.ofMinutes(2));
    assertThat(pool.take("b")).isZero();
  }

  @Test
  void aPlaceIsReservedOnlyIfNobodyHadItWithinTheLastHour() throws IOException {
    AddressPool pool = pool(2);
    pool.giveBack(pool.take("a"), "a");
    assertThat(pool.reserve()).hasValue(1);
    assertThat(pool.reserve()).isEmpty();
    pool.free(1);
    assertThat(pool.reserve()).hasValue(1);
    pool.hold(1, "b");
    pool.giveBack(1, "b");
    assertThat(pool.reserve()).isEmpty();
    assertThat(pool.take("b")).isEqualTo(1);
  }

  @Test
  void theSameFunctionGetsItsPlaceAgain() throws IOException {
    AddressPool pool = pool(1);
    pool.take("a");
    pool.giveBack(0, "a");
    assertThat(pool.take("a")).isZero();
  }

  @Test
  void aPlaceInUseNeverGoesToAnybodyHoweverLongItIsUsed() throws IOException {
    AddressPool pool = pool(1);
    pool.take("a");
    clock.pass(Duration.ofDays(2));
    assertThatThrownBy(() -> pool.take("a")).isInstanceOf(IOException.class);
    pool.giveBack(0, "a");
    clock.pass(Duration.ofMinutes(59));
    assertThatThrownBy(() -> pool.take("b")).isInstanceOf(IOException.class);
  }

  @Test
  void aRestartShortensNoRest() throws IOException {
    AddressPool pool = pool(2);
    pool.giveBack(pool.take("a"), "a");
    AddressPool next = pool(2);
    assertThat(next.take("b")).isEqualTo(1);
    assertThatThrownBy(() -> next.take("c")).isInstanceOf(IOException.class);
  }

  @Test
  void leavesPlacesThatSomebodyElseHas() throws IOException {
    taken.add(0);
    assertThat(pool(2).take("a")).isEqualTo(1);
  }

  @Test
  void readsRangesAndRefusesPublicOnes() {
    AddressRange range = AddressRange.parse("10.214.0.0/29");
    assertThat(range.gateway()).isEqualTo("10.214.0.1");
    assertThat(range.size()).isEqualTo(5);
    assertThat(range.address(4)).isEqualTo("10.214.0.6");
    assertThat(range.place("10.214.0.6")).isEqualTo(4);
    for (String wrong :
        new String[] {"8.8.8.0/24", "10.0.0.1/16", "10.0.0.0/31", "10.0.0.0", "10.0.0.300/16"}) {
      assertThatThrownBy(() -> AddressRange.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static final class SettableClock extends Clock {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    void pass(Duration time) {
      now = now.plus(time);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
