package lmnop.provider;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The provider's own folder: open to nobody else, and to one provider at a time. */
final class DataFolder implements AutoCloseable {
  private final Path path;
  private final FileChannel lock;

  private DataFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Takes the folder; the lock goes with the process, however that ends. */
  static DataFolder take(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (tryLock(channel) == null) {
      channel.close();
      throw new IllegalStateException(
          "The folder "
              + folder
              + " is used by another provider; stop that one, or give this one a folder of its own");
    }
    return new DataFolder(folder.toRealPath(), channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** What a folder is called, among the folders of all providers: it is made up once. */
  static String name(Path folder, Supplier<String> suffixes) throws IOException {
    Path file = folder.resolve("name");
    if (!Files.exists(file) || Files.readString(file).isBlank()) {
      Files.writeString(file, suffixes.get());
    }
    return Files.readString(file).strip();
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
