package lmnop.registry.table;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots in a router's data directory: the newest and the one before it. A new one takes its
 * place by a rename when all of it is on disk, so a reader finds a whole one at any moment.
 */
final class SnapshotFiles {
  private static final Logger log = LoggerFactory.getLogger(SnapshotFiles.class);
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> OWNERS_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Set<PosixFilePermission> OTHERS_WRITE =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private static final int SMALLEST_ENTRY = 200; // bytes; most have more

  private final Path directory;
  private final long limitBytes;
  private final Path newest;
  private final Path previous;

  SnapshotFiles(Path directory, long limitBytes) {
    this.directory = directory;
    this.limitBytes = limitBytes;
    this.newest = directory.resolve("routes");
    this.previous = directory.resolve("routes.previous");
  }

  /** Reads the newest snapshot that is whole; null where there is none. */
  @Nullable RouteSnapshot read() {
    for (Path file : List.of(newest, previous)) {
      if (Files.exists(file)) {
        try {
          refuseOpenToOthers(file);
          return SnapshotFormat.read(file, limitBytes);
        } catch (IOException | SnapshotRefused e) {
          log.warn("the snapshot {} is refused: {}", file, e.getMessage());
          setAside(file);
        }
      }
    }
    return null;
  }

  private static void refuseOpenToOthers(Path file) throws IOException, SnapshotRefused {
    if (Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS_WRITE::contains)) {
      throw new SnapshotRefused("others than its owner may write to it: chmod 600 it");
    }
  }

  /** Keeps it for whoever wants to know why, and from becoming the previous one. */
  private void setAside(Path file) {
    try {
      Files.move(file, directory.resolve("routes.refused"), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.warn("the snapshot {} cannot be set aside: {}", file, e.toString());
    }
  }

  /** Writes what the table knows now; returns how many entries found room. */
  int write(RouteTable table, String history) throws IOException {
    Files.createDirectories(directory, OWNERS_DIRECTORY);
    Path fresh = directory.resolve("routes.new");
    Files.deleteIfExists(fresh);
    Files.createFile(fresh, OWNER_ONLY);
    int entries;
    try {
      entries = writeTo(fresh, table, history);
    } catch (IOException e) {
      Files.deleteIfExists(fresh); // half of it only takes room, maybe the last there is
      throw e;
    }
    if (Files.exists(newest)) {
      move(newest, previous);
    }
    move(fresh, newest);
    try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
      folder.force(true);
    }
    return entries;
  }

  private int writeTo(Path fresh, RouteTable table, String history) throws IOException {
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE);
        OutputStream out = Channels.newOutputStream(channel)) {
      // Number and moment before the entries, which may become newer meanwhile but never older.
      long number = table.applied();
      Instant asOf = table.asOf();
      Map<RouteKey, PackedRoutes> hottest = table.hottest(limitBytes / SMALLEST_ENTRY);
      int entries = SnapshotFormat.write(out, history, number, asOf, hottest, limitBytes);
      channel.force(true);
      return entries;
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
