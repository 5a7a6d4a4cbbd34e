package lmnop.registry.table;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import lmnop.operations.lifecycle.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a routing table knows on disk, so that the next start does not need the database:
 * restores it before anything else, writes it in the background when it has changed, and once more
 * at the end.
 */
public final class SnapshotKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SnapshotKeeper.class);

  /** A table that does not change is written nevertheless, with the moment up to which it is. */
  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(10);

  /** Writing takes at most this part of the time, however large the table is. */
  private static final int PART = 20;

  private final RouteTable table;
  private final SnapshotFiles files;
  private final InstantSource clock;
  private final Loop loop;
  private final LongAdder failures = new LongAdder();
  private long writtenVersion;
  private Instant notBefore = Instant.EPOCH;
  private boolean failing;
  private volatile Instant writtenAt = Instant.EPOCH;
  private volatile int entries;

  private SnapshotKeeper(
      RouteTable table, SnapshotFiles files, Duration every, InstantSource clock) {
    this.table = table;
    this.files = files;
    this.clock = clock;
    RouteSnapshot restored = files.read();
    if (restored != null) {
      table.restore(restored);
      entries = restored.entries().size();
      writtenAt = restored.asOf();
      log.info(
          "{} hosts are known from the snapshot of {}, change {}",
          restored.entries().size(),
          restored.asOf(),
          restored.number());
    }
    this.writtenVersion = table.version();
    this.loop = Loop.start("route-snapshot", every, this::round);
  }

  /**
   * Restores what is there and starts to keep it.
   *
   * @param every the shortest time between two snapshots
   * @param limitBytes how large one may be; entries that are asked for least are left out
   */
  public static SnapshotKeeper start(
      RouteTable table, Path directory, Duration every, long limitBytes, InstantSource clock) {
    return new SnapshotKeeper(table, new SnapshotFiles(directory, limitBytes), every, clock);
  }

  /** When the newest snapshot was written; the epoch while there is none. */
  public Instant writtenAt() {
    return writtenAt;
  }

  /** How many hosts and names the newest snapshot holds. */
  public int entries() {
    return entries;
  }

  /** How often a snapshot could not be written. */
  public long failures() {
    return failures.sum();
  }

  private synchronized void round() {
    Instant now = clock.instant();
    boolean changed = table.version() != writtenVersion;
    boolean old = Duration.between(writtenAt, now).compareTo(AT_LEAST_EVERY) > 0;
    if ((changed || old) && !now.isBefore(notBefore)) {
      write(now);
      Instant end = clock.instant();
      notBefore = end.plus(Duration.between(now, end).multipliedBy(PART));
    }
  }

  /** A table that knows nothing yet must not take the place of a snapshot that does. */
  private void write(Instant now) {
    String history = table.history();
    if (history == null || table.freshness() == Freshness.SNAPSHOT) {
      return;
    }
    long version = table.version();
    try {
      entries = files.write(table, history);
      writtenVersion = version;
      writtenAt = now;
      failing = false;
    } catch (IOException e) {
      failures.increment();
      if (!failing) {
        failing = true;
        log.warn("the snapshot of the routes cannot be written, the one before stays: {}", "" + e);
      }
    }
  }

  @Override
  public void close() {
    loop.close();
    synchronized (this) {
      write(clock.instant());
    }
  }
}
