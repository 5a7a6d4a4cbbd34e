package lmnop.builderworker.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lmnop.builderworker.sandbox.DiskUse;
import lmnop.operations.archive.Trees;

/**
 * What package managers keep between builds, a directory for each owner. When it is too much for
 * the disk, the directories that were not used for longest go; one that a build uses never does.
 */
public final class Downloads {
  private final Path directory;
  private final long limit;
  private final Clock clock;
  private final Map<Path, Integer> used = new HashMap<>();

  /** An owner's directory, which stays until this is closed. */
  final class Held implements AutoCloseable {
    private final Path own;

    private Held(Path own) {
      this.own = own;
    }

    Path directory() {
      return own;
    }

    @Override
    public void close() {
      release(own);
    }
  }

  /** An owner's directory as eviction sees it. */
  private record Kept(Path own, FileTime used, long bytes) {}

  /**
   * Keeps them below a directory.
   *
   * @param limit bytes on disk from which on the longest unused goes
   */
  public Downloads(Path directory, long limit, Clock clock) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.limit = limit;
    this.clock = clock;
  }

  /** The owner's directory. */
  synchronized Held of(String owner) throws IOException {
    Path own = Files.createDirectories(directory.resolve(owner));
    used.merge(own, 1, Integer::sum);
    return new Held(own);
  }

  private synchronized void release(Path own) {
    used.computeIfPresent(own, (any, builds) -> builds == 1 ? null : builds - 1);
    try {
      Files.setLastModifiedTime(own, FileTime.from(clock.instant()));
      evict();
    } catch (IOException e) {
      throw new UncheckedIOException("the downloads in " + directory + " are in disorder", e);
    }
  }

  private void evict() throws IOException {
    List<Kept> kept = new ArrayList<>();
    for (Path own : Trees.children(directory)) {
      kept.add(new Kept(own, Files.getLastModifiedTime(own), DiskUse.of(List.of(own)).bytes()));
    }
    long total = kept.stream().mapToLong(Kept::bytes).sum();
    kept.sort(Comparator.comparing(Kept::used));
    for (Kept oldest : kept) {
      if (total <= limit) {
        return;
      }
      if (!used.containsKey(oldest.own())) {
        Trees.delete(oldest.own());
        total -= oldest.bytes();
      }
    }
  }
}
