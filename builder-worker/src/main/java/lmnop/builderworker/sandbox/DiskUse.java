package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much of the disk directories take, and files that have no name any more. */
public final class DiskUse {
  private static final long BLOCK = 4096; // bytes that the smallest file takes

  private DiskUse() {}

  /**
   * What was found.
   *
   * @param isWhole whether there was no folder that is closed to this process
   */
  public record Found(long bytes, boolean isWhole) {}

  /** The bytes of everything below; what goes away meanwhile does not count. */
  public static Found of(List<Path> directories) {
    Sum sum = new Sum();
    for (Path directory : directories) {
      try {
        Files.walkFileTree(directory, sum);
      } catch (IOException e) {
        // it went away as a whole
      }
    }
    return new Found(sum.bytes, !sum.metClosed);
  }

  /** The bytes of files that were deleted while a process has them open. */
  static long ofNameless(Iterable<Long> processes) {
    Map<Object, Long> sizes = new HashMap<>();
    for (long process : processes) {
      Path files = Path.of("/proc", Long.toString(process), "fd");
      try (DirectoryStream<Path> open = Files.newDirectoryStream(files)) {
        for (Path file : open) {
          addIfNameless(file, sizes);
        }
      } catch (IOException | RuntimeException e) {
        // the process ended, or is not ours to look at
      }
    }
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static void addIfNameless(Path file, Map<Object, Long> sizes) {
    try {
      String target = Files.readSymbolicLink(file).toString();
      // What lies in memory is counted there.
      if (target.endsWith(" (deleted)") && !target.startsWith("/memfd:")) {
        Map<String, Object> is = Files.readAttributes(file, "unix:dev,ino,size");
        sizes.put(List.of(is.get("dev"), is.get("ino")), (Long) is.get("size"));
      }
    } catch (IOException e) {
      // closed meanwhile
    }
  }

  private static final class Sum extends SimpleFileVisitor<Path> {
    private long bytes;
    private boolean metClosed;

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      bytes += BLOCK;
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      bytes += Math.max(BLOCK, attributes.size());
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      metClosed |= !(e instanceof NoSuchFileException); // closed, or too deep
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
      return FileVisitResult.CONTINUE;
    }
  }
}
