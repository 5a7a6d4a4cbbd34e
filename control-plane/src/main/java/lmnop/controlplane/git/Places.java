package lmnop.controlplane.git;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import lmnop.registry.names.OwnerName;

/** A number of places, of which one owner can take only some. */
final class Places {
  private final int all;
  private final int perOwner;
  private final Map<OwnerName, Integer> taken = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition freed = lock.newCondition();
  private int count;

  Places(int all, int perOwner) {
    this.all = all;
    this.perOwner = perOwner;
  }

  /** Whether {@link #take} would have to wait now. */
  boolean isFull(OwnerName owner) {
    lock.lock();
    try {
      return count >= all || taken.getOrDefault(owner, 0) >= perOwner;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a place; false if none becomes free in time. */
  boolean take(OwnerName owner, Duration patience) throws InterruptedException {
    long left = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (isFull(owner)) {
        if (left <= 0) {
          return false;
        }
        left = freed.awaitNanos(left);
      }
      count++;
      taken.merge(owner, 1, Integer::sum);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Gives a place back. */
  void giveBack(OwnerName owner) {
    lock.lock();
    try {
      count--;
      taken.computeIfPresent(owner, (name, places) -> places == 1 ? null : places - 1);
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
