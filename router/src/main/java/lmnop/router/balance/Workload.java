package lmnop.router.balance;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A workload as this router sees it: which of its requests are in flight here, wait, or were. */
public final class Workload {
  private final String namespace;
  private final String name;
  private static final long ONE_BEGUN = 1L << Integer.SIZE;

  /** How many are in flight, and above that how many began: one addition counts both. */
  private final AtomicLong requests = new AtomicLong();

  private final AtomicInteger waiting = new AtomicInteger();

  public Workload(String namespace, String name) {
    this.namespace = namespace;
    this.name = name;
  }

  public String namespace() {
    return namespace;
  }

  public String name() {
    return name;
  }

  public int inFlight() {
    return (int) requests.get();
  }

  /** How many requests were sent to an instance until now, modulo 2^32. */
  long begun() {
    return requests.get() >>> Integer.SIZE;
  }

  void begin() {
    requests.addAndGet(ONE_BEGUN + 1);
  }

  void end() {
    requests.decrementAndGet();
  }

  /** How many requests wait for an instance. */
  int waiting() {
    return waiting.get();
  }

  /** A request waits for an instance. */
  public void await() {
    waiting.incrementAndGet();
  }

  /** It does no longer. */
  public void awaited() {
    waiting.decrementAndGet();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
