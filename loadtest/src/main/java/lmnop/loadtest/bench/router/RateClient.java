package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends requests at a rate that does not yield: what finds no free connection waits for one, and
 * its time counts from when it was due. So a stall shows in every request that it delayed.
 */
final class RateClient {
  private static final int CONNECTIONS = 64;
  private static final int PAUSE_NANOS = 20_000;
  private static final long GRACE = TimeUnit.SECONDS.toNanos(10);

  /** How long each waited, in order. */
  static final class Waited {
    private final long[] nanos;

    private Waited(long[] sorted) {
      this.nanos = sorted;
    }

    /** What all of several turns waited. */
    static Waited of(List<Waited> turns) {
      long[] all = turns.stream().flatMapToLong(turn -> Arrays.stream(turn.nanos)).toArray();
      Arrays.sort(all);
      return new Waited(all);
    }

    /** Milliseconds that this share of the requests waited at most. */
    double millis(double share) {
      return nanos[(int) (nanos.length * share)] / 1e6;
    }
  }

  private final Deque<KeptConnection> free = new ArrayDeque<>();
  private final Selector selector;
  private final double perSecond;
  private final long[] waited;
  private final long start;
  private int sent;
  private int answered;

  private RateClient(Selector selector, double perSecond, double seconds) {
    this.selector = selector;
    this.perSecond = perSecond;
    this.waited = new long[Math.max(1, (int) (perSecond * seconds))];
    this.start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
  }

  static Waited ask(String url, String host, double perSecond, double seconds) throws IOException {
    URI uri = URI.create(url);
    List<KeptConnection> all = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      RateClient client = new RateClient(selector, perSecond, seconds);
      for (int i = 0; i < CONNECTIONS; i++) {
        KeptConnection one =
            new KeptConnection(new InetSocketAddress(uri.getHost(), uri.getPort()), host);
        all.add(one);
        one.register(selector);
        client.free.add(one);
      }
      client.run(url);
      Arrays.sort(client.waited);
      return new Waited(client.waited);
    } finally {
      for (KeptConnection one : all) {
        one.close();
      }
    }
  }

  private void run(String url) throws IOException {
    long end = start + (long) (waited.length / perSecond * 1e9) + GRACE;
    while (answered < waited.length) {
      long now = System.nanoTime();
      if (now > end) {
        throw new IOException(
            "%s answered %d of %d requests in time".formatted(url, answered, waited.length));
      }
      if (send(now) + receive() == 0) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private int send(long now) throws IOException {
    int before = sent;
    while (sent < waited.length && due(sent) <= now && !free.isEmpty()) {
      free.remove().send(due(sent));
      sent++;
    }
    return sent - before;
  }

  private long due(int number) {
    return start + (long) (number * 1e9 / perSecond);
  }

  private int receive() throws IOException {
    selector.selectNow();
    int ready = selector.selectedKeys().size();
    for (SelectionKey key : selector.selectedKeys()) {
      KeptConnection one = (KeptConnection) key.attachment();
      if (one.receive()) {
        waited[answered++] = System.nanoTime() - one.due();
        free.add(one);
      }
    }
    selector.selectedKeys().clear();
    return ready;
  }
}
