package lmnop.provider.scaling;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import lmnop.provider.api.ByLoad.Measure;
import lmnop.provider.api.ByLoad.Target;
import lmnop.provider.api.ScaledBy;
import lmnop.provider.scaling.Decision.Reason;
import org.jspecify.annotations.Nullable;

/** A workload that is scaled in simulated time, with all that became of it. */
final class SimulatedWorkload {
  static final Duration LOOK = Duration.ofSeconds(1);
  static final Duration STABLE = Duration.ofSeconds(60);
  static final Duration PANIC = Duration.ofSeconds(6);
  static final Duration DELAY = Duration.ofSeconds(60);
  static final Duration IDLE = Duration.ofMinutes(15);

  private static final ScalingSettings WINDOWS =
      new ScalingSettings(ScaledBy.LOOP, LOOK, STABLE, PANIC, 2, DELAY, IDLE);

  /** One change of the number of instances. */
  record Change(Duration at, int from, int to, Reason reason) {}

  final List<Change> changes = new ArrayList<>();
  private final Policy policy;
  private History history = History.NONE;
  private Duration now = Duration.ofHours(1);
  private int instances;

  private SimulatedWorkload(Policy policy, int instances) {
    this.policy = policy;
    this.instances = instances;
  }

  /** One whose instances are to have 10 requests in flight each. */
  static SimulatedWorkload byRequests(int least, int most, boolean zero) {
    return of(least, most, new Target(Measure.CAPACITY, 10), zero);
  }

  static SimulatedWorkload of(int least, int most, @Nullable Target target, boolean zero) {
    return new SimulatedWorkload(
        new Policy(least, most, target, zero ? IDLE : null, WINDOWS), least);
  }

  int instances() {
    return instances;
  }

  Duration now() {
    return now;
  }

  Policy policy() {
    return policy;
  }

  /** Somebody else than the loop sets the number. */
  void set(int to) {
    instances = to;
  }

  /** Time passes without a look. */
  void jump(Duration by) {
    now = now.plus(by);
  }

  /** Another leader takes over, who knows nothing. */
  void anotherLeader() {
    history = History.NONE;
  }

  /** One look a second for so long, at a load that does not change. */
  void see(double load, Duration time) {
    for (long second = 0; second < time.toSeconds(); second++) {
      see(load);
    }
  }

  void see(double load) {
    see(true, load, load > 0);
  }

  Decision see(boolean whole, double load, boolean used) {
    now = now.plus(LOOK);
    history = history.seen(new Sample(now, whole, load, used), instances, policy);
    Decision decision = history.decide(policy);
    if (decision.instances() != instances) {
      changes.add(new Change(now, instances, decision.instances(), decision.reason()));
      instances = decision.instances();
      history = history.scaled(instances);
    }
    return decision;
  }

  /** How often the number went up after it had gone down, or down after it had gone up. */
  int turns() {
    int turns = 0;
    for (int i = 1; i < changes.size(); i++) {
      Change before = changes.get(i - 1);
      Change after = changes.get(i);
      if ((before.to() > before.from()) != (after.to() > after.from())) {
        turns++;
      }
    }
    return turns;
  }
}
