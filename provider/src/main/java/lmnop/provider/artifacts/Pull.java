package lmnop.provider.artifacts;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An image that is being pulled and unpacked, on a thread of its own: whoever waits for it may
 * leave, and it goes on.
 */
final class Pull {
  private static final double MEBIBYTE = 1 << 20;

  /** What pulls, and says how far it is. */
  @FunctionalInterface
  interface Work {
    Image run(Pull pull) throws UnusableArtifact;
  }

  private final String name;
  private final AtomicLong came = new AtomicLong();
  private final CompletableFuture<Image> done = new CompletableFuture<>();
  private volatile long expected;

  private Pull(String name) {
    this.name = name;
  }

  /** Begins; a good end is told as well. */
  static Pull start(String name, Work work, Runnable whenThere) {
    Pull pull = new Pull(name);
    Thread.ofVirtual().name("pull-" + name).start(() -> pull.run(work, whenThere));
    return pull;
  }

  private void run(Work work, Runnable whenThere) {
    try {
      done.complete(work.run(this));
      whenThere.run();
    } catch (UnusableArtifact | RuntimeException | Error e) { // whoever waits must hear of it
      done.completeExceptionally(e);
    }
  }

  /** So many bytes are to come. */
  void expect(long bytes) {
    expected = bytes;
  }

  /** So many more bytes have come. */
  void came(long bytes) {
    came.addAndGet(bytes);
  }

  /** Whether it has ended without an image. */
  boolean hasFailed() {
    return done.isCompletedExceptionally();
  }

  /** The image; after so long without it, in words how far it is. */
  Image await(Duration patience) throws UnusableArtifact {
    try {
      return done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new UnusableArtifact(
          String.format(
              Locale.ROOT,
              "the image %s is being pulled: %.1f of %.1f MiB",
              name,
              came.get() / MEBIBYTE,
              expected / MEBIBYTE),
          e,
          true);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnusableArtifact why) {
        throw new UnusableArtifact(String.valueOf(why.getMessage()), why, why.isPassing());
      }
      throw new IllegalStateException("pulling the image " + name + " met an error", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnusableArtifact("waiting for the image " + name + " was interrupted", e, true);
    }
  }
}
