package lmnop.controlplane.builds;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.testkit.PostgresWire;
import lmnop.testkit.PostgresWire.Fate;

/** Counts the steps of a process and decides what happens at one of them. */
final class Steps implements PostgresWire.Watcher {
  private final int at;
  private final Fate fate;
  private final AtomicInteger taken = new AtomicInteger();
  private final CountDownLatch thawed = new CountDownLatch(1);

  Steps(int at, Fate fate) {
    this.at = at;
    this.fate = fate;
  }

  static Steps unhindered() {
    return new Steps(Integer.MAX_VALUE, Fate.PASS);
  }

  /** Stands still at a step until it is thawed. */
  static Steps freezing(int at) {
    return new Steps(at, Fate.PASS);
  }

  void thaw() {
    thawed.countDown();
  }

  /** The step was reached at which something happens. */
  boolean isOver() {
    return taken.get() >= at;
  }

  @Override
  public Fate statement() throws InterruptedException {
    int step = taken.incrementAndGet();
    if (fate == Fate.PASS && step == at) {
      thawed.await();
    }
    return step == at ? fate : Fate.PASS;
  }

  boolean isDead() {
    return fate != Fate.PASS && isOver();
  }
}
