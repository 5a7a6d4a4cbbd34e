package lmnop.provider.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** Stands before an API server, and lets connections break or stand still, or new ones fail. */
public final class FaultProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int behind;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean refuses;
  private volatile CountDownLatch frozen = new CountDownLatch(0);

  public FaultProxy(int behind) {
    this.behind = behind;
    try {
      server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("fault-proxy").start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Breaks every connection; new ones are let through. */
  public void cut() {
    open.forEach(FaultProxy::close);
  }

  /** Breaks every connection, and each new one, until {@link #restore}. */
  public void takeAway() {
    refuses = true;
    cut();
  }

  public void restore() {
    refuses = false;
  }

  /** Nothing that is sent arrives, and no connection breaks, until {@link #thaw}. */
  public void freeze() {
    frozen = new CountDownLatch(1);
  }

  public void thaw() {
    frozen.countDown();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        if (refuses) {
          client.close();
        } else {
          Socket to = new Socket(InetAddress.getLoopbackAddress(), behind);
          open.add(client);
          open.add(to);
          Thread.ofVirtual().start(() -> copy(client, to));
          Thread.ofVirtual().start(() -> copy(to, client));
        }
      } catch (IOException e) {
        // closed, or the client has left
      }
    }
  }

  private void copy(Socket from, Socket to) {
    try (from;
        to) {
      byte[] buffer = new byte[16 * 1024];
      int count = from.getInputStream().read(buffer);
      while (count >= 0) {
        frozen.await();
        to.getOutputStream().write(buffer, 0, count);
        count = from.getInputStream().read(buffer);
      }
    } catch (IOException e) {
      // one of the two has left
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thaw();
    cut();
  }
}
