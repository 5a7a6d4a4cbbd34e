package lmnop.builderworker.artifact;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.Trees;

/**
 * Layers of dependencies between builds, each under its owner and the digest of what declares it:
 * the tree for build steps to look at, and the packed layer for bundles.
 *
 * <p>One owner never gets what another one's build fetched. What was not used for longest goes when
 * there is too much.
 */
public final class DependencyCache {
  private static final String TREE = "tree";
  private static final String PACKED = "layer.tar.zst";
  private static final String FACTS = "facts";

  private final Path entries;
  private final Path making;
  private final long limit;
  private final Clock clock;
  private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();
  private final Map<Path, Integer> held = new ConcurrentHashMap<>();

  /** Fetches dependencies into an empty directory. */
  @FunctionalInterface
  public interface Fetch<E extends Exception> {
    void into(Path tree) throws IOException, InterruptedException, E;
  }

  /**
   * Dependencies that are kept at least until this is closed.
   *
   * @param layer none if what was declared came to no files, or is not packed
   * @param bytes of all of it
   * @param fresh whether they were fetched just now
   */
  public record Held(Path tree, Optional<Layer> layer, long bytes, boolean fresh, Runnable release)
      implements AutoCloseable {
    @Override
    public void close() {
      release.run();
    }
  }

  /**
   * Opens the cache below a directory and removes what was left half made.
   *
   * @param limit bytes on disk from which on the longest unused goes
   */
  public DependencyCache(Path directory, long limit, Clock clock) throws IOException {
    this.entries = Files.createDirectories(directory.resolve("entries"));
    this.making = directory.resolve("making");
    this.limit = limit;
    this.clock = clock;
    Trees.delete(making);
    Files.createDirectories(making);
  }

  /**
   * Gives the dependencies of the owner under the key, fetched if they are not here yet.
   *
   * @param packed whether there is to be a layer of them
   */
  public <E extends Exception> Held get(String owner, Digest key, boolean packed, Fetch<E> fetch)
      throws IOException, InterruptedException, E {
    Path entry = entries.resolve(owner).resolve(key.hex());
    ReentrantLock lock = locks.computeIfAbsent(entry.toString(), any -> new ReentrantLock());
    lock.lockInterruptibly();
    try {
      held.merge(entry, 1, Integer::sum);
      boolean fresh = !Files.exists(entry.resolve(FACTS));
      try {
        if (fresh) {
          make(entry, packed, fetch);
          evict();
        }
        return read(entry, fresh);
      } catch (Exception e) {
        release(entry);
        throw e;
      }
    } finally {
      lock.unlock();
    }
  }

  private <E extends Exception> void make(Path entry, boolean wanted, Fetch<E> fetch)
      throws IOException, InterruptedException, E {
    Path fresh = Files.createDirectory(making.resolve(UUID.randomUUID().toString()));
    try {
      Path tree = Files.createDirectory(fresh.resolve(TREE));
      fetch.into(tree);
      Files.writeString(
          fresh.resolve(FACTS), wanted ? pack(tree, fresh.resolve(PACKED)) : "- " + bytesOf(tree));
      Files.createDirectories(entry.getParent());
      Trees.delete(entry);
      Files.move(fresh, entry, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Trees.delete(fresh);
    }
  }

  private static String pack(Path tree, Path packed) throws IOException {
    Layer layer = Layer.pack("dependencies", tree, packed);
    if (isEmpty(tree)) {
      Files.delete(packed);
    } else {
      Layer.sync(packed);
    }
    return layer.digest() + " " + layer.bytes();
  }

  private static long bytesOf(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      return files
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  private Held read(Path entry, boolean fresh) throws IOException {
    Path facts = entry.resolve(FACTS);
    Files.setLastModifiedTime(facts, FileTime.from(clock.instant()));
    String[] parts = Files.readString(facts).split(" ", -1);
    Path packed = entry.resolve(PACKED);
    long bytes = Long.parseLong(parts[1]);
    Optional<Layer> layer =
        Files.exists(packed)
            ? Optional.of(new Layer("dependencies", packed, Digest.parse(parts[0]), bytes))
            : Optional.empty();
    return new Held(entry.resolve(TREE), layer, bytes, fresh, () -> release(entry));
  }

  private void release(Path entry) {
    held.computeIfPresent(entry, (any, count) -> count == 1 ? null : count - 1);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.findAny().isEmpty();
    }
  }

  /** An entry as eviction sees it; its size is that of the tree, which the layer told us. */
  private record Candidate(Path entry, FileTime used, long bytes) {}

  private synchronized void evict() throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    try (DirectoryStream<Path> owners = Files.newDirectoryStream(entries)) {
      for (Path owner : owners) {
        try (DirectoryStream<Path> kept = Files.newDirectoryStream(owner)) {
          for (Path entry : kept) {
            candidates.add(candidate(entry));
          }
        }
      }
    }
    long total = candidates.stream().mapToLong(Candidate::bytes).sum();
    candidates.sort(Comparator.comparing(Candidate::used));
    for (Candidate oldest : candidates) {
      if (total <= limit) {
        return;
      }
      if (takeAway(oldest.entry())) {
        total -= oldest.bytes();
      }
    }
  }

  /** Removes an entry that nobody holds; whoever wants it meanwhile waits, and fetches it anew. */
  private boolean takeAway(Path entry) throws IOException {
    Path away = making.resolve(UUID.randomUUID().toString());
    held.computeIfAbsent(
        entry,
        any -> {
          move(entry, away);
          return null;
        });
    boolean taken = Files.exists(away);
    Trees.delete(away);
    return taken;
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Candidate candidate(Path entry) throws IOException {
    try {
      Path facts = entry.resolve(FACTS);
      Path packed = entry.resolve(PACKED);
      long tree = Long.parseLong(Files.readString(facts).split(" ", -1)[1]);
      long layer = Files.exists(packed) ? Files.size(packed) : 0;
      return new Candidate(entry, Files.getLastModifiedTime(facts), tree + layer);
    } catch (NoSuchFileException e) {
      return new Candidate(entry, FileTime.fromMillis(0), 0); // broken: the first to go
    }
  }
}
