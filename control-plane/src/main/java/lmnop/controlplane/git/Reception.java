package lmnop.controlplane.git;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import lmnop.registry.names.OwnerName;

/**
 * How many pushes are received and unpacked at once, and how much memory they take for it. Whoever
 * comes later waits a while, without having sent much; only then he is refused.
 */
final class Reception {
  private static final int UNIT = 1024; // bytes, so that permits are enough for every heap
  private static final long SMALLEST = 16L * 1024 * 1024;

  private final Places places;
  private final Duration patience;
  private final int units;
  private final Semaphore memory;

  Reception(GitSettings settings) {
    GitSettings.AtOnce pushes = settings.pushes();
    this.places = new Places(pushes.receiving(), pushes.receivingPerOwner());
    this.patience = pushes.patience();
    long set = settings.pack().deltaMemory().toBytes();
    long bytes = set > 0 ? set : Math.max(SMALLEST, Runtime.getRuntime().maxMemory() / 3);
    this.units = (int) Math.min(bytes / UNIT, Integer.MAX_VALUE);
    this.memory = new Semaphore(units, true);
  }

  /** Lets a push in; nobody if no place becomes free in time. */
  Optional<Guest> enter(OwnerName owner) throws InterruptedException {
    return places.take(owner, patience) ? Optional.of(new Guest(owner)) : Optional.empty();
  }

  /** A push that is being received. */
  final class Guest implements PackInspection.Rules.Memory, AutoCloseable {
    private final OwnerName owner;
    private int reserved;
    private boolean left;

    private Guest(OwnerName owner) {
      this.owner = owner;
    }

    @Override
    public void reserve(long bytes) throws IOException {
      long wanted = Math.ceilDiv(bytes, UNIT);
      if (wanted > units) {
        throw new IOException(
            ("the push has deltas that take %d MiB to unpack, at most %d are allowed:"
                    + " run git repack -a -d -f --depth=5 first, or push in smaller parts")
                .formatted(Math.ceilDiv(wanted, UNIT), units / UNIT));
      }
      try {
        if (!memory.tryAcquire((int) wanted, patience.toNanos(), TimeUnit.NANOSECONDS)) {
          throw new IOException("other pushes take all the memory for deltas: push again");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the control plane is stopping: push again");
      }
      reserved += (int) wanted;
    }

    /** The push is unpacked: its place and memory are free for others; once. */
    @Override
    public void close() {
      if (!left) {
        left = true;
        memory.release(reserved);
        places.giveBack(owner);
      }
    }
  }
}
