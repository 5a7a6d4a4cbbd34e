package lmnop.provider.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import lmnop.provider.api.ByLoad.Measure;
import lmnop.provider.api.ByLoad.Target;
import lmnop.provider.scaling.Decision.Reason;
import lmnop.provider.scaling.SimulatedWorkload.Change;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hours of load, in simulated time. */
final class HistoryTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void aLoadThatGrowsInAStepIsFollowedWithinThePanicWindow() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, false);
    it.see(5, HOUR);
    assertThat(it.changes).isEmpty();
    it.see(95, SimulatedWorkload.PANIC);
    assertThat(it.instances()).isEqualTo(10);
    assertThat(it.changes).allMatch(change -> change.reason() == Reason.PANIC);
    it.see(95, HOUR);
    assertThat(it.instances()).isEqualTo(10);
    assertThat(it.turns()).isZero();
  }

  @Test
  void aLoadThatGrowsSlowlyIsFollowedWithoutPanic() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(4, 20, false);
    it.see(38, HOUR);
    it.see(50, MINUTE.multipliedBy(2));
    assertThat(it.instances()).isEqualTo(5);
    assertThat(it.changes).allMatch(change -> change.reason() == Reason.LOAD);
  }

  @Test
  void itFallsOnceTheLoadIsOverAndTheDelayToo() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(2, 20, false);
    it.see(100, MINUTE.multipliedBy(5));
    assertThat(it.instances()).isEqualTo(10);
    Duration over = it.now();
    it.see(0, SimulatedWorkload.DELAY.minusSeconds(1));
    assertThat(it.instances()).isEqualTo(10);
    it.see(0, MINUTE.multipliedBy(5));
    assertThat(it.instances()).isEqualTo(2);
    assertThat(it.changes.getLast().reason()).isEqualTo(Reason.CALM);
    assertThat(it.changes.getLast().at().minus(over)).isLessThan(MINUTE.multipliedBy(3));
  }

  @Test
  void aBurstThatComesAgainBeforeTheDelayIsOverFindsItsInstances() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, false);
    for (int i = 0; i < 60; i++) {
      it.see(80, Duration.ofSeconds(20));
      it.see(0, Duration.ofSeconds(40));
    }
    assertThat(it.instances()).isEqualTo(8);
    assertThat(it.turns()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aLoadThatTremblesAroundABorderMovesNothingToAndFro(long seed) {
    Random random = new Random(seed);
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, false);
    for (int second = 0; second < 6 * 3600; second++) {
      it.see(30 + random.nextGaussian() * 3);
    }
    assertThat(it.turns()).isZero();
    assertThat(it.instances()).isBetween(3, 4);
  }

  @Test
  void whatIsIdleGoesToZeroOnceAndOnlyWhereThatIsAsked() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, true);
    it.see(1);
    it.see(0, SimulatedWorkload.IDLE.minusSeconds(1));
    assertThat(it.instances()).isEqualTo(1);
    it.see(0, Duration.ofSeconds(1));
    assertThat(it.instances()).isZero();
    assertThat(it.changes).extracting(Change::reason).containsExactly(Reason.IDLE);
    it.see(0, HOUR);
    assertThat(it.changes).hasSize(1);

    SimulatedWorkload other = SimulatedWorkload.byRequests(1, 20, false);
    other.see(0, HOUR.multipliedBy(10));
    assertThat(other.instances()).isEqualTo(1);
  }

  @Test
  void anOpenWebSocketHoldsOneInstance() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, true);
    it.see(90, MINUTE.multipliedBy(5));
    it.see(1, HOUR.multipliedBy(10));
    assertThat(it.instances()).isEqualTo(1);
    it.see(0, SimulatedWorkload.IDLE);
    assertThat(it.instances()).isZero();
  }

  @Test
  void requestsBetweenTwoLooksAreUse() {
    SimulatedWorkload it = SimulatedWorkload.of(1, 20, null, true);
    for (int i = 0; i < 50; i++) {
      it.see(true, 0, true);
      it.see(0, SimulatedWorkload.IDLE.minusSeconds(2));
    }
    assertThat(it.instances()).isEqualTo(1);
  }

  @Test
  void withoutATargetLoadChangesNothing() {
    SimulatedWorkload it = SimulatedWorkload.of(1, 20, null, true);
    it.set(3);
    it.see(1000, HOUR);
    assertThat(it.instances()).isEqualTo(3);
  }

  @Test
  void whatWasWokenHasAWholeIdleTimeAgain() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, true);
    it.see(0, SimulatedWorkload.IDLE.plusSeconds(1));
    assertThat(it.instances()).isZero();
    it.set(1);
    it.see(0, SimulatedWorkload.IDLE.minusSeconds(1));
    assertThat(it.instances()).isEqualTo(1);
  }

  @Test
  void lostReportsAreNeitherIdlenessNorCalm() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, true);
    it.see(90, MINUTE.multipliedBy(5));
    for (int second = 0; second < 10 * 3600; second++) {
      it.see(false, 0, false);
    }
    assertThat(it.instances()).isEqualTo(9);
    it.see(0, SimulatedWorkload.DELAY);
    assertThat(it.instances()).isEqualTo(9);
    it.see(0, MINUTE.multipliedBy(2));
    assertThat(it.instances()).isEqualTo(1);
  }

  @Test
  void whatSomeReportIsEnoughToStartMore() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, true);
    it.see(5, HOUR);
    for (int second = 0; second < 10; second++) {
      it.see(false, 50, true);
    }
    assertThat(it.instances()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(longs = {-7200, -1, 0, 10, 86_400})
  void aClockThatJumpsStopsNothing(long seconds) {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, true);
    it.see(90, MINUTE.multipliedBy(5));
    it.see(0, Duration.ofSeconds(30));
    it.jump(Duration.ofSeconds(seconds).minus(SimulatedWorkload.LOOK));
    it.see(0, Duration.ofSeconds(20));
    assertThat(it.instances()).isEqualTo(9);
  }

  @Test
  void aNewLeaderStopsNothingUntilItKnows() {
    SimulatedWorkload it = SimulatedWorkload.byRequests(1, 20, true);
    it.see(90, MINUTE.multipliedBy(5));
    for (int i = 0; i < 100; i++) {
      it.anotherLeader();
      it.see(0, SimulatedWorkload.DELAY.minusSeconds(1));
    }
    assertThat(it.instances()).isEqualTo(9);
  }

  @Test
  void ratesAndProcessorsCountInTheirOwnMeasure() {
    SimulatedWorkload it = SimulatedWorkload.of(1, 20, new Target(Measure.RPS, 100), false);
    it.see(450, MINUTE.multipliedBy(5));
    assertThat(it.instances()).isEqualTo(5);
    SimulatedWorkload other = SimulatedWorkload.of(1, 3, new Target(Measure.CPU, 80), false);
    other.see(900, MINUTE.multipliedBy(5));
    assertThat(other.instances()).isEqualTo(3);
  }

  /** Whatever happens, in whatever order. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void neverUnderWhatIsInFlightNorOutsideOfWhatIsAllowedNorOnWhatIsNotKnown(long seed) {
    Random random = new Random(seed);
    int least = 1 + random.nextInt(3);
    SimulatedWorkload it =
        SimulatedWorkload.byRequests(least, least + random.nextInt(12), random.nextBoolean());
    double load = 0;
    Duration lastUse = it.now();
    Duration lastUnknown = it.now();
    for (int second = 0; second < 3 * 3600; second++) {
      load = nextLoad(load, random);
      boolean whole = random.nextInt(200) != 0;
      if (random.nextInt(500) == 0) {
        it.jump(
            Duration.ofSeconds(
                random.nextBoolean() ? -random.nextInt(1, 30) : 10 + random.nextInt(4000)));
        lastUnknown = it.now();
      }
      if (random.nextInt(2000) == 0) {
        it.anotherLeader();
        lastUnknown = it.now();
      }
      if (it.instances() == 0 && load > 0) {
        it.set(least); // the router wakes it
      }
      int before = it.instances();
      it.see(whole, load, load > 0);
      lastUse = load > 0 ? it.now() : lastUse;
      lastUnknown = whole ? lastUnknown : it.now();
      if (it.instances() < before) {
        assertFair(it, load, lastUse, lastUnknown);
      }
      assertThat(it.instances()).isLessThanOrEqualTo(it.policy().most());
    }
    assertThat(it.turns()).isLessThan(3 * 60); // a stop has a whole delay before it
  }

  private static void assertFair(
      SimulatedWorkload it, double load, Duration lastUse, Duration lastUnknown) {
    Duration known = it.now().minus(lastUnknown);
    if (it.instances() == 0) {
      assertThat(it.policy().idle()).isNotNull();
      assertThat(it.now().minus(lastUse)).isGreaterThanOrEqualTo(SimulatedWorkload.IDLE);
      assertThat(known).isGreaterThanOrEqualTo(SimulatedWorkload.IDLE);
    } else {
      int needed = it.policy().within((int) Math.ceil(load / 10));
      assertThat(it.instances()).isGreaterThanOrEqualTo(needed);
      assertThat(known).isGreaterThanOrEqualTo(SimulatedWorkload.DELAY);
    }
  }

  private static double nextLoad(double load, Random random) {
    return switch (random.nextInt(300)) {
      case 0 -> 0;
      case 1 -> random.nextInt(200);
      default -> load == 0 ? 0 : Math.max(1, load + random.nextInt(-2, 3));
    };
  }
}
