package lmnop.router.balance;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An address where a ready instance listens, with what this router knows of it: requests in flight,
 * and whether it refused connections lately.
 *
 * <p>One that refuses is set aside, longer each time; when that time is over, one request at a time
 * tries it.
 */
public final class Instance {
  private static final long ASIDE_FIRST_NANOS = 100_000_000L; // 0.1 s
  private static final int ASIDE_DOUBLINGS = 5; // at most 3.2 s

  private final Workload workload;
  private final InetSocketAddress address;
  private final String pathPrefix;
  private final String spelled;
  private final boolean http2;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private final AtomicLong asideUntil = new AtomicLong();
  private final AtomicLong lastRefusal = new AtomicLong();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile int limit = Integer.MAX_VALUE;

  /** An instance that speaks HTTP/1.1. */
  public Instance(Workload workload, String host, int port, String pathPrefix) {
    this(workload, host, port, pathPrefix, false);
  }

  Instance(Workload workload, String host, int port, String pathPrefix, boolean http2) {
    this.http2 = http2;
    this.workload = workload;
    this.address = address(host, port);
    this.pathPrefix = pathPrefix;
    this.spelled = host + ":" + port;
  }

  /** An IP address is taken as it is; a name is left for the event loop's own resolver. */
  private static InetSocketAddress address(String host, int port) {
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
    if (literal == null) {
      return InetSocketAddress.createUnresolved(host, port);
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(literal), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(host + " is no address", e);
    }
  }

  public Workload workload() {
    return workload;
  }

  public InetSocketAddress address() {
    return address;
  }

  /** Host and port, for people. */
  public String spelled() {
    return spelled;
  }

  /** Put before every path; mostly empty. */
  public String pathPrefix() {
    return pathPrefix;
  }

  /** Whether it speaks HTTP/2 from the first byte on, and nothing else. */
  public boolean speaksHttp2() {
    return http2;
  }

  int inFlight() {
    return inFlight.get();
  }

  /** Sets how many requests may be in flight at once. */
  void limit(int requests) {
    limit = requests;
  }

  boolean hasRoom() {
    return inFlight.get() < limit;
  }

  /**
   * Counts a request from the moment of the choice on; returns false if others took the last place.
   */
  public boolean begin() {
    int atMost = limit;
    if (inFlight.incrementAndGet() > atMost) {
      inFlight.decrementAndGet();
      return false;
    }
    workload.begin();
    return true;
  }

  /**
   * A connection is opened. Returns whether there are more now than requests may be in flight: a
   * program that keeps a thread for each would not come to serve the last one.
   */
  public boolean connectionOpened() {
    return connections.incrementAndGet() > limit;
  }

  public void connectionClosed() {
    connections.decrementAndGet();
  }

  /** Counts it out. */
  public void end() {
    inFlight.decrementAndGet();
    workload.end();
  }

  /** Takes the instance out of the choice for a while; refusals at one moment count as one. */
  public void refused(long now) {
    long last = lastRefusal.get();
    boolean sameMoment = refusals.get() > 0 && now - last < ASIDE_FIRST_NANOS / 2;
    if (sameMoment || !lastRefusal.compareAndSet(last, now)) {
      return;
    }
    int doublings = Math.min(refusals.getAndIncrement(), ASIDE_DOUBLINGS);
    asideUntil.set(now + (ASIDE_FIRST_NANOS << doublings));
  }

  /** Takes it back into the choice. */
  public void worked() {
    if (refusals.get() != 0) {
      refusals.set(0);
    }
  }

  /** Whether it may be chosen now; of those who find its time aside over, only the first may. */
  boolean mayBeChosen(long now) {
    if (refusals.get() == 0) {
      return true;
    }
    long until = asideUntil.get();
    return now - until >= 0 && asideUntil.compareAndSet(until, now + ASIDE_FIRST_NANOS);
  }

  /** In one word, for people. */
  String state(long now) {
    if (!looksWell(now)) {
      return "aside";
    }
    return hasRoom() ? "ready" : "full";
  }

  /** Whether {@link #mayBeChosen} would say yes, without the side effect. */
  boolean looksWell(long now) {
    return refusals.get() == 0 || now - asideUntil.get() >= 0;
  }

  @Override
  public String toString() {
    return workload + " at " + address;
  }
}
