package lmnop.operations.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Orders those who put something into a store of artifacts and those who take something out, in
 * whatever processes they are. A process that is killed holds nothing any more.
 */
public final class StoreLock {
  private static final String FILE = "lock";

  /** A process may lock a file only once. */
  private static final Map<Path, ReentrantLock> HERE = new ConcurrentHashMap<>();

  private final Path file;
  private final ReentrantLock here;

  /** The lock of the store in a directory. */
  public StoreLock(Path store) {
    this.file = store.toAbsolutePath().normalize().resolve(FILE);
    this.here = HERE.computeIfAbsent(file, any -> new ReentrantLock());
  }

  /** Waits until nobody else has the lock; it is let go by closing what is returned. */
  public Held take() throws IOException {
    here.lock();
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        return new Held(channel, channel.lock());
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      here.unlock();
      throw e;
    }
  }

  /** The lock while it is held. */
  public final class Held implements AutoCloseable {
    private final FileChannel channel;
    private final FileLock lock;

    private Held(FileChannel channel, FileLock lock) {
      this.channel = channel;
      this.lock = lock;
    }

    /** Lets go, in the thread that took it. */
    @Override
    public void close() throws IOException {
      try (channel) {
        lock.release();
      } finally {
        here.unlock();
      }
    }
  }
}
