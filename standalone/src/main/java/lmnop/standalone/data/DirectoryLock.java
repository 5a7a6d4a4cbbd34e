package lmnop.standalone.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * Makes a data directory one platform's at a time. The file says which process holds it and where
 * its portal is; the lock ends with the process, however that ends.
 */
public final class DirectoryLock implements AutoCloseable {
  /** The platform that runs on a directory. */
  public record Holder(String pid, String url) {
    @Override
    public String toString() {
      return "process " + pid + ", " + url;
    }
  }

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the lock, unless somebody has it. */
  public static Optional<DirectoryLock> take(Path file, String url) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      Optional<FileLock> lock = tryLock(channel);
      if (lock.isEmpty()) {
        channel.close();
        return Optional.empty();
      }
      String text = ProcessHandle.current().pid() + "\n" + url + "\n";
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
      return Optional.of(new DirectoryLock(channel));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Who holds the lock of a directory now. */
  public static Optional<Holder> holder(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return tryLock(channel).isPresent() ? Optional.empty() : Optional.of(read(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock());
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // held by this very process
    }
  }

  private static Holder read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return new Holder(
        lines.isEmpty() ? "unknown" : lines.get(0), lines.size() < 2 ? "no URL" : lines.get(1));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
