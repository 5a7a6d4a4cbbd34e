package lmnop.builderworker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** The directory that one worker has for itself, as long as it runs. */
final class WorkDirectory implements AutoCloseable {
  private final FileChannel channel;

  private WorkDirectory(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the directory, or says that another worker has it. */
  static WorkDirectory take(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lock(channel) == null) {
      channel.close();
      throw new BuilderWorker.CannotStart(
          "the work directory "
              + directory
              + " belongs to a worker that is running: stop it, or set work to another directory");
    }
    return new WorkDirectory(channel);
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // taken by this very process
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
