package lmnop.router.balance;

import java.util.concurrent.atomic.AtomicInteger;

/** A workload as this router sees it: how many of its requests are in flight here. */
public final class Workload {
  private final String namespace;
  private final String name;
  private final AtomicInteger inFlight = new AtomicInteger();

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
    return inFlight.get();
  }

  void begin() {
    inFlight.incrementAndGet();
  }

  void end() {
    inFlight.decrementAndGet();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
