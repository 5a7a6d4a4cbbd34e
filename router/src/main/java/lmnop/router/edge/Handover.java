package lmnop.router.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.RawUnixChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends new connections to the other routers on a shared port, before this one closes its door: the
 * kernel spreads them over everybody's queue, and resets what is in a queue that closes, handshakes
 * included.
 *
 * <p>A filter on the port names by its place the router that gets them all. Which place is whose
 * the kernel does not say; a connection of our own to each place in turn shows it.
 */
final class Handover {
  private static final Logger log = LoggerFactory.getLogger(Handover.class);
  private static final int SOCKET = 1;
  private static final RawUnixChannelOption FILTER =
      new RawUnixChannelOption("SO_ATTACH_REUSEPORT_CBPF", SOCKET, 51, 16);
  private static final RawUnixChannelOption NO_FILTER =
      new RawUnixChannelOption("SO_DETACH_REUSEPORT_BPF", SOCKET, 68, Integer.BYTES);
  private static final short RETURN = 6;
  private static final int PLACES = 8; // who shares a port with more is handed over by chance
  private static final int PATIENCE_MILLIS = 250;

  private final Map<Integer, CompletableFuture<Void>> probes = new ConcurrentHashMap<>();
  private final Map<Channel, Integer> successors = new ConcurrentHashMap<>();

  /**
   * Lets the kernel spread connections again: a filter outlives the router that asked for it, and
   * all who stay are to get their share.
   */
  static void spread(Channel listener) {
    try {
      listener.config().setOption(NO_FILTER, Buffer.allocateDirectWithNativeOrder(Integer.BYTES));
    } catch (ChannelException e) {
      log.trace("there was no filter", e);
    }
  }

  /** Sends new connections to another router, if there is one. */
  void begin(Channel listener) {
    InetSocketAddress door = door(listener);
    for (int place = 0; place < PLACES; place++) {
      if (!send(listener, place)) {
        return;
      }
      if (!comesToUs(door)) {
        successors.put(listener, place);
        log.info("port {}: new connections go to another router", door.getPort());
        return;
      }
    }
    spread(listener);
  }

  /** Closes the doors; those that stay may have spread connections over all of them meanwhile. */
  void end(List<Channel> listeners) throws InterruptedException {
    successors.forEach(Handover::send);
    for (Channel listener : listeners) { // whoever was on the way here is to come in first
      int patience = successors.containsKey(listener) ? PATIENCE_MILLIS : 0;
      listener.eventLoop().schedule((Runnable) listener::close, patience, TimeUnit.MILLISECONDS);
    }
    for (Channel listener : listeners) {
      listener.closeFuture().sync();
    }
  }

  /** Whether a connection that was just accepted is one of our own. */
  boolean isProbe(Channel accepted) {
    if (probes.isEmpty() || !(accepted.remoteAddress() instanceof InetSocketAddress from)) {
      return false;
    }
    CompletableFuture<Void> probe = probes.get(from.getPort());
    return probe != null && from.getAddress().isLoopbackAddress() && probe.complete(null);
  }

  private static boolean send(Channel listener, int place) {
    ByteBuffer program = Buffer.allocateDirectWithNativeOrder(24);
    program.putShort(0, (short) 1).putLong(8, Buffer.memoryAddress(program) + 16);
    program.putShort(16, RETURN).putInt(20, place);
    try {
      return listener.config().setOption(FILTER, program.limit(16));
    } catch (ChannelException e) {
      log.debug("the kernel takes no filter: connections are handed over by chance", e);
      return false;
    }
  }

  private boolean comesToUs(InetSocketAddress door) {
    CompletableFuture<Void> accepted = new CompletableFuture<>();
    int port = 0;
    try (Socket probe = new Socket()) {
      probe.bind(new InetSocketAddress(door.getAddress(), 0));
      port = probe.getLocalPort();
      probes.put(port, accepted);
      probe.connect(door, PATIENCE_MILLIS);
      accepted.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (IOException | ExecutionException e) {
      log.debug("{} cannot be asked who is there", door, e);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } finally {
      probes.remove(port);
    }
  }

  private static InetSocketAddress door(Channel listener) {
    InetSocketAddress bound = (InetSocketAddress) listener.localAddress();
    return bound.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
        : bound;
  }
}
