package lmnop.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.operations.database.DatabaseSettings;

/**
 * A wire between an app and PostgreSQL on which a test can act before each statement: let it pass,
 * stall it, or cut the wire as if the app, or the network, had died there.
 */
public final class PostgresWire implements AutoCloseable {
  /** What becomes of a statement. */
  public enum Fate {
    PASS,
    /** PostgreSQL never gets it, and the wire stays cut. */
    CUT_BEFORE,
    /** PostgreSQL carries it out; the answer is lost, and the wire stays cut. */
    CUT_AFTER
  }

  /** Decides the fate of each statement; may block, which stalls it. */
  @FunctionalInterface
  public interface Watcher {
    Fate statement() throws InterruptedException;
  }

  /** Messages that mean nothing to PostgreSQL until another follows: it gets all or none. */
  private static final String PARTS = "PBDEC";

  private final ServerSocket listener;
  private final int target;
  private final Watcher watcher;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  /** A wire to the database of these settings. */
  public PostgresWire(DatabaseSettings to, Watcher watcher) {
    this.target = to.port();
    this.watcher = watcher;
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("wire").start(this::accept);
  }

  /** The same settings, by way of this wire. */
  public DatabaseSettings through(DatabaseSettings settings) {
    return new DatabaseSettings(
        settings.host(),
        listener.getLocalPort(),
        settings.name(),
        settings.user(),
        settings.passwordFile(),
        settings.poolSize(),
        settings.statementTimeout());
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        if (cut) {
          client.close();
          continue;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        server.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
        sockets.add(server);
        Line line = new Line(client, server);
        Thread.ofVirtual().start(line::ask);
        Thread.ofVirtual().start(line::answer);
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void cut() {
    cut = true;
    sockets.forEach(PostgresWire::closed);
  }

  private static void closed(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    cut();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One connection. */
  private final class Line {
    private final Socket client;
    private final Socket server;
    private volatile boolean answerIsLost;

    Line(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void ask() {
      try (client;
          server) {
        DataInputStream in = new DataInputStream(client.getInputStream());
        ByteArrayOutputStream unsent = new ByteArrayOutputStream();
        server.getOutputStream().write(untyped(in));
        while (true) {
          int type = in.read();
          if (type < 0) {
            return;
          }
          byte[] message = untyped(in);
          if ((type == 'E' || type == 'Q') && !mayGoOn(watcher.statement())) {
            return;
          }
          unsent.write(type);
          unsent.write(message);
          if (PARTS.indexOf(type) < 0) {
            unsent.writeTo(server.getOutputStream());
            unsent.reset();
          }
        }
      } catch (IOException e) {
        cutOff();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private boolean mayGoOn(Fate fate) {
      if (fate == Fate.CUT_BEFORE) {
        cut();
      }
      answerIsLost |= fate == Fate.CUT_AFTER;
      return fate != Fate.CUT_BEFORE;
    }

    /** A length, itself included, and what follows it. */
    private static byte[] untyped(DataInputStream in) throws IOException {
      int length = in.readInt();
      byte[] message = new byte[length];
      message[0] = (byte) (length >>> 24);
      message[1] = (byte) (length >>> 16);
      message[2] = (byte) (length >>> 8);
      message[3] = (byte) length;
      in.readFully(message, 4, length - 4);
      return message;
    }

    void answer() {
      byte[] buffer = new byte[16 * 1024];
      try (client;
          server) {
        int count = server.getInputStream().read(buffer);
        while (count >= 0) {
          if (answerIsLost) {
            cut();
            return;
          }
          client.getOutputStream().write(buffer, 0, count);
          count = server.getInputStream().read(buffer);
        }
      } catch (IOException e) {
        cutOff();
      }
    }

    /** One side went away; the other learns of it. */
    private void cutOff() {
      closed(client);
      closed(server);
    }
  }
}
