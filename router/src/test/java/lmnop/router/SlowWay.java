package lmnop.router;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** A way to a server on which bytes can be held up: connections stay, and nothing arrives. */
final class SlowWay implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Semaphore open = new Semaphore(1);

  SlowWay(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** From now on nothing passes, in either direction. */
  void holdUp() {
    open.acquireUninterruptibly();
  }

  /** What was held up arrives. */
  void letPass() {
    open.release();
  }

  private void accept() {
    try {
      while (true) {
        Socket from = listener.accept();
        sockets.add(from);
        Thread.ofVirtual().start(() -> join(from));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void join(Socket from) {
    try (from;
        Socket to = new Socket(InetAddress.getLoopbackAddress(), target)) {
      sockets.add(to);
      Thread back = Thread.ofVirtual().start(() -> copy(to, from));
      copy(from, to);
      back.join();
    } catch (IOException | InterruptedException e) {
      // nobody is there
    } finally {
      sockets.remove(from);
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] piece = new byte[8192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        open.acquireUninterruptibly();
        open.release();
        out.write(piece, 0, read);
      }
    } catch (IOException e) {
      // one side left
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : Set.copyOf(sockets)) {
      socket.close();
    }
  }
}
