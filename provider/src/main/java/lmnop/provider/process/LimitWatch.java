package lmnop.provider.process;

import java.time.Duration;
import lmnop.provider.isolation.Limits;
import lmnop.provider.isolation.Strain;

/**
 * Holds an instance to its processor limit once its head start is over, and says in its log which
 * limits it meets while it goes on: a program that is refused a process or is held back seldom says
 * why it is slow.
 */
final class LimitWatch {
  private static final Duration APART = Duration.ofSeconds(2);
  private static final Duration QUIET = Duration.ofMinutes(10); // between two lines about the same
  private static final int MUCH = 50; // percent of the time

  private final String instance;
  private final Limits limits;
  private final Means means;
  private final long heldFrom;
  private boolean held;
  private Strain last = Strain.NONE;
  private long looked = System.nanoTime();
  private final Saying processes = new Saying("processes");
  private final Saying cpu = new Saying("cpu");

  LimitWatch(String instance, Limits limits, Duration headStart, Means means) {
    this.instance = instance;
    this.limits = limits;
    this.means = means;
    this.heldFrom = System.nanoTime() + headStart.toNanos();
  }

  /** How long to wait until the next look, so much at most. */
  Duration pause(Duration most) {
    Duration left = Duration.ofNanos(Math.max(0, heldFrom - System.nanoTime()));
    return held || left.compareTo(most) > 0 ? most : left;
  }

  /** Looks, if the last time is long enough ago. */
  void look() {
    long now = System.nanoTime();
    if (!held && now >= heldFrom) {
      held = true;
      means.isolation().limitProcessor(instance, limits);
    }
    if (now - looked < APART.toNanos()) {
      return;
    }
    looked = now;
    Strain strain = means.isolation().strain(instance);
    if (strain.refused() > last.refused()) {
      processes.say(limits.processesMet(), now);
    }
    int percent = percent(strain.heldBack() - last.heldBack(), strain.periods() - last.periods());
    if (limits.cpuMillis() > 0 && percent >= MUCH) {
      cpu.say(limits.cpuMet(percent), now);
    }
    last = strain;
  }

  private static int percent(long part, long whole) {
    return whole <= 0 ? 0 : (int) (100 * part / whole);
  }

  /** One thing to say, and when it was said last. */
  private final class Saying {
    private final String limit;
    private long saidAt;
    private boolean said;

    Saying(String limit) {
      this.limit = limit;
    }

    void say(String text, long now) {
      if (!said) {
        means.metrics().limitMet(limit);
      }
      if (!said || now - saidAt >= QUIET.toNanos()) {
        said = true;
        saidAt = now;
        means.output().say(instance, text);
      }
    }
  }
}
