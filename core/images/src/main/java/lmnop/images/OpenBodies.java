package lmnop.images;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.operations.lifecycle.Loop;

/** Answers that are being read: one that stands still is closed, which its reader notices. */
final class OpenBodies implements AutoCloseable {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Duration patience;
  private final Set<Body> open = ConcurrentHashMap.newKeySet();
  private final Loop loop;

  /**
   * Begins to watch.
   *
   * @param patience how long a read may wait
   */
  OpenBodies(Duration patience) {
    this.patience = patience;
    this.loop = Loop.start("registry-answers", LOOK, this::closeStalled);
  }

  InputStream watch(InputStream body) {
    Body watched = new Body(body);
    open.add(watched);
    return watched;
  }

  private void closeStalled() throws IOException {
    for (Body body : open) {
      long since = body.waitingSince;
      if (since != 0 && System.nanoTime() - since > patience.toNanos()) {
        body.close();
      }
    }
  }

  @Override
  public void close() {
    loop.close();
  }

  private final class Body extends FilterInputStream {
    private volatile long waitingSince;

    Body(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      waitingSince = System.nanoTime() | 1; // never 0
      try {
        return in.read(buffer, offset, length);
      } finally {
        waitingSince = 0;
      }
    }

    @Override
    public void close() throws IOException {
      open.remove(this);
      in.close();
    }
  }
}
