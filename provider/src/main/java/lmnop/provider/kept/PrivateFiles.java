package lmnop.provider.kept;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/** Files that only the provider's user reads, replaced as a whole. */
public final class PrivateFiles {
  private PrivateFiles() {}

  public static void createDirectories(Path directory) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Replaces a file; it is on disk when this returns. */
  public static void replace(Path file, byte[] content) throws IOException {
    replace(file, content, true);
  }

  /** Replaces a file whose content is worth nothing once the machine went down. */
  public static void replaceQuickly(Path file, String content) throws IOException {
    replace(file, content.getBytes(StandardCharsets.UTF_8), false);
  }

  private static void replace(Path file, byte[] content, boolean lasting) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".new");
    try (FileChannel out =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      if (lasting) {
        out.force(true);
      }
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
