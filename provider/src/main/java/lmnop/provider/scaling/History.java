package lmnop.provider.scaling;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import lmnop.provider.api.ByLoad.Measure;
import lmnop.provider.api.ByLoad.Target;
import lmnop.provider.scaling.Decision.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a workload until now, as far as it counts: the looks of the last minutes, since
 * when all of them were whole, and since when nobody used it.
 *
 * <p>What is not known is never taken for quiet: a look that is missing, comes late or is not whole
 * begins the times anew after which instances stop.
 */
final class History {
  /** Fewer instances must do with so much less than their target, so that none stop and start. */
  private static final double ROOM = 0.9;

  private static final double ROUNDING = 1e-9;

  /** Nothing was seen yet. */
  static final History NONE = new History(List.of(), Duration.ZERO, Duration.ZERO, 0, null);

  /**
   * One look.
   *
   * @param wanted instances, by the load until then
   * @param kept instances, of those that are there
   * @param grew whether many times more were missing than there were
   */
  private record Look(Duration at, double load, int wanted, int kept, boolean grew) {}

  private final List<Look> looks;
  private final Duration wholeSince;
  private final Duration unusedSince;
  private final int instances;
  private final @Nullable Target target;

  private History(
      List<Look> looks,
      Duration wholeSince,
      Duration unusedSince,
      int instances,
      @Nullable Target target) {
    this.looks = looks;
    this.wholeSince = wholeSince;
    this.unusedSince = unusedSince;
    this.instances = instances;
    this.target = target;
  }

  /** The same with one look more, at a workload of which so many instances shall run now. */
  History seen(Sample sample, int current, Policy policy) {
    boolean follows =
        Objects.equals(target, policy.target()) && follows(sample.at(), policy.windows().gap());
    boolean untold = !follows || !sample.whole();
    List<Look> kept = new ArrayList<>();
    if (follows) {
      Duration from = sample.at().minus(longest(policy));
      looks.stream().filter(look -> look.at().compareTo(from) > 0).forEach(kept::add);
    }
    kept.add(look(kept, untold(kept, sample), current, policy));
    return new History(
        List.copyOf(kept),
        untold ? sample.at() : wholeSince,
        untold || sample.used() || current != instances ? sample.at() : unusedSince,
        current,
        policy.target());
  }

  /** What nobody tells of is at least what it was. */
  private static Sample untold(List<Look> before, Sample sample) {
    return sample.whole() || before.isEmpty() || before.getLast().load() <= sample.load()
        ? sample
        : new Sample(sample.at(), false, before.getLast().load(), sample.used());
  }

  /** The same where nobody used it for a time before it was looked at first. */
  History unusedFor(Duration time) {
    return new History(looks, wholeSince, looks.getLast().at().minus(time), instances, target);
  }

  /** For how long nobody used it; nothing where it was used at the last look. */
  Duration unused() {
    return looks.isEmpty() ? Duration.ZERO : looks.getLast().at().minus(unusedSince);
  }

  /** The same when that many instances were asked for because of it. */
  History scaled(int to) {
    return new History(looks, wholeSince, unusedSince, to, target);
  }

  private boolean follows(Duration at, Duration gap) {
    if (looks.isEmpty()) {
      return false;
    }
    Duration passed = at.minus(looks.getLast().at());
    return passed.isPositive() && passed.compareTo(gap) <= 0;
  }

  private static Duration longest(Policy policy) {
    Duration stable = policy.windows().stable();
    Duration delay = policy.windows().delay();
    return stable.compareTo(delay) > 0 ? stable : delay;
  }

  private static Look look(List<Look> before, Sample sample, int current, Policy policy) {
    Target target = policy.target();
    if (target == null) {
      return new Look(sample.at(), 0, current, current, false);
    }
    ScalingSettings windows = policy.windows();
    double stable = average(before, sample, windows.stable());
    double sudden = average(before, sample, windows.panic());
    int atOnce = instances(sudden, target.perInstance());
    boolean grew = current > 0 && atOnce >= (long) windows.panicFactor() * current;
    boolean panic = grew || since(before, sample.at(), windows.stable()).anyMatch(Look::grew);
    int wanted = instances(stable, target.perInstance());
    int enough = instances(stable, target.perInstance() * ROOM);
    if (target.measure() == Measure.CAPACITY) { // what is in flight now keeps what it has
      enough = Math.max(enough, instances(sample.load(), target.perInstance()));
    }
    return panic
        ? new Look(sample.at(), sample.load(), Math.max(wanted, atOnce), current, grew)
        : new Look(sample.at(), sample.load(), wanted, enough, false);
  }

  private static double average(List<Look> before, Sample sample, Duration window) {
    double sum = sample.load();
    int count = 1;
    for (Look look : before) {
      if (look.at().compareTo(sample.at().minus(window)) > 0) {
        sum += look.load();
        count++;
      }
    }
    return sum / count;
  }

  private static Stream<Look> since(List<Look> looks, Duration now, Duration window) {
    return looks.stream().filter(look -> look.at().compareTo(now.minus(window)) > 0);
  }

  private static int instances(double load, double perInstance) {
    return (int) Math.min(Integer.MAX_VALUE, Math.ceil(load / perInstance - ROUNDING));
  }

  /** How many instances shall run. What sleeps is woken by requests, never from here. */
  Decision decide(Policy policy) {
    if (looks.isEmpty() || instances == 0) {
      return new Decision(instances, Reason.ASLEEP, false);
    }
    Look last = looks.getLast();
    boolean panic = since(looks, last.at(), policy.windows().stable()).anyMatch(Look::grew);
    Duration idle = policy.idle();
    if (idle != null && last.at().minus(unusedSince).compareTo(idle) >= 0) {
      return new Decision(0, Reason.IDLE, panic);
    }
    if (policy.target() == null) {
      return new Decision(instances, Reason.FITS, false);
    }
    int wanted = policy.within(last.wanted());
    if (wanted > instances) {
      Reason why = last.wanted() <= instances ? Reason.FEWEST : panic ? Reason.PANIC : Reason.LOAD;
      return new Decision(wanted, why, panic);
    }
    return fewer(policy, last, panic);
  }

  private Decision fewer(Policy policy, Look last, boolean panic) {
    Duration delay = policy.windows().delay();
    int enough =
        policy.within(
            since(looks, last.at(), delay).mapToInt(Look::kept).max().orElse(last.kept()));
    if (enough >= instances) {
      return new Decision(instances, Reason.FITS, panic);
    }
    Duration known = last.at().minus(wholeSince);
    return known.isPositive() && known.compareTo(delay) >= 0
        ? new Decision(enough, Reason.CALM, panic)
        : new Decision(instances, Reason.HOLDS, panic);
  }
}
