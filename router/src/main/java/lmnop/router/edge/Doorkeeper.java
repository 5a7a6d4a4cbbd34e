package lmnop.router.edge;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Lets only so many connections in, all together and from one client. Connections of this machine
 * and of trusted proxies count for the whole only: they are many clients'.
 */
final class Doorkeeper {
  private final int atMost;
  private final int ofOneAtMost;
  private final TrustedProxies trusted;
  private final AtomicInteger inside = new AtomicInteger();
  private final Occupancy<InetAddress> ofEach = new Occupancy<>();
  private final LongAdder turnedAway = new LongAdder();

  Doorkeeper(EdgeSettings settings, TrustedProxies trusted, int atMost) {
    this.atMost = atMost;
    this.ofOneAtMost = settings.connectionsPerClient();
    this.trusted = trusted;
  }

  /** Counts a connection in, and out when it closes; returns false if it may not stay. */
  boolean letsIn(Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
      return true; // it is closed already
    }
    InetAddress client = remote.getAddress();
    if (!enter(client)) {
      turnedAway.increment();
      return false;
    }
    channel.closeFuture().addListener(closed -> leave(client));
    return true;
  }

  boolean enter(InetAddress client) {
    if (inside.incrementAndGet() > atMost) {
      inside.decrementAndGet();
      return false;
    }
    if (counts(client) && !ofEach.enter(client, ofOneAtMost)) {
      inside.decrementAndGet();
      return false;
    }
    return true;
  }

  void leave(InetAddress client) {
    inside.decrementAndGet();
    if (counts(client)) {
      ofEach.leave(client);
    }
  }

  private boolean counts(InetAddress client) {
    return !client.isLoopbackAddress() && !trusted.contains(client.getHostAddress());
  }

  int inside() {
    return inside.get();
  }

  long turnedAway() {
    return turnedAway.sum();
  }
}
