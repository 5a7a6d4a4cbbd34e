package lmnop.router.edge;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Clients that keep their connections and call one after the other, each at its own pace and not
 * all at once. What does not end with a whole answer is a failure, whatever the reason. The first
 * call of each is not timed: that all of them connect at the start would be the slowest hundredth.
 */
public final class Callers implements AutoCloseable {
  /** What came of it; durations in nanoseconds, sorted. */
  public record Report(Map<String, Integer> outcomes, List<Long> nanos) {
    /** All of them as one. */
    public static Report of(List<Report> reports) {
      Map<String, Integer> outcomes = new TreeMap<>();
      for (Report report : reports) {
        report.outcomes.forEach((outcome, count) -> outcomes.merge(outcome, count, Integer::sum));
      }
      return new Report(
          outcomes, reports.stream().flatMap(report -> report.nanos.stream()).sorted().toList());
    }

    /** How many ended. */
    public int sent() {
      return outcomes.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How many ended in another way than with 200. */
    public int failed() {
      return sent() - outcomes.getOrDefault("200", 0);
    }

    /** The duration that so many of a thousand kept below. */
    public Duration perMille(int share) {
      return nanos.isEmpty()
          ? Duration.ZERO
          : Duration.ofNanos(nanos.get(Math.min(nanos.size() - 1, nanos.size() * share / 1000)));
    }
  }

  private final int port;
  private final Supplier<String> request;
  private final long pauseNanos;
  private final Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
  private final Queue<Long> nanos = new ConcurrentLinkedQueue<>();
  private final AtomicInteger ended = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  private Callers(int port, Supplier<String> request, int clients, int perSecond) {
    this.port = port;
    this.request = request;
    this.pauseNanos = perSecond == 0 ? 0 : 1_000_000_000L * clients / perSecond;
    for (int i = 0; i < clients; i++) {
      long delay = pauseNanos * i / clients;
      threads.add(Thread.ofVirtual().start(() -> call(delay)));
    }
  }

  /**
   * Starts to call.
   *
   * @param perSecond by all clients together; 0 is as fast as the answers come
   */
  public static Callers start(int port, String host, String target, int clients, int perSecond) {
    String request = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    return new Callers(port, () -> request, clients, perSecond);
  }

  private void call(long delay) {
    LockSupport.parkNanos(delay);
    Visitor visitor = null;
    long due = System.nanoTime();
    boolean timed = false;
    while (!stopped) {
      long began = System.nanoTime();
      visitor = call(visitor);
      long end = System.nanoTime();
      if (timed) {
        nanos.add(end - began);
      }
      timed = true;
      ended.incrementAndGet();
      due = Math.max(due + pauseNanos, end - pauseNanos); // no burst after a stall
      LockSupport.parkNanos(Math.max(due - end, 0));
    }
    close(visitor);
  }

  /** One call; returns the connection for the next one. */
  private @Nullable Visitor call(@Nullable Visitor kept) {
    Visitor visitor = kept;
    try {
      visitor = visitor == null ? new Visitor(port) : visitor;
      Visitor.Reply reply = visitor.send(request.get()).reply();
      boolean told = reply.status() != 503 || reply.header("retry-after") != null;
      note(reply.status() + (told ? "" : " without Retry-After"));
      if (!"close".equalsIgnoreCase(reply.header("connection"))) {
        return visitor;
      }
    } catch (IOException | RuntimeException e) {
      note(e.toString());
    }
    close(visitor);
    return null;
  }

  private void note(String outcome) {
    outcomes.computeIfAbsent(outcome, key -> new AtomicInteger()).incrementAndGet();
  }

  private static void close(@Nullable Visitor visitor) {
    try {
      if (visitor != null) {
        visitor.close();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** How many calls ended so far. */
  public int ended() {
    return ended.get();
  }

  /** How many calls ended so far in this way: a status, or what went wrong. */
  public int ended(String outcome) {
    AtomicInteger count = outcomes.get(outcome);
    return count == null ? 0 : count.get();
  }

  /** Calls no more, waits for what is under way, and tells. */
  public Report stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    Map<String, Integer> all = new TreeMap<>();
    outcomes.forEach((outcome, count) -> all.put(outcome, count.get()));
    return new Report(all, nanos.stream().sorted().toList());
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
