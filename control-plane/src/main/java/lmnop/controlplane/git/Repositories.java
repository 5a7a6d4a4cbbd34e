package lmnop.controlplane.git;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.operations.archive.Trees;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.RepositoryCache;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The repositories on disk: bare, each in the folder {@code <id>.git}, so that no name that
 * somebody typed ever becomes a path. Everything here blocks.
 */
public final class Repositories implements AutoCloseable {
  /** Under it are refs of the platform's own; nobody else sees or moves them. */
  static final String HIDDEN = "refs/lmnop/";

  /** A repository's folder, by its number. */
  static final Pattern FOLDER = Pattern.compile("([0-9]{1,18})\\.git");

  /** Marks a repository whose first push has not ended. */
  static final String UNCLAIMED = "unclaimed";

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

  private static final Logger log = LoggerFactory.getLogger(Repositories.class);
  private static final Duration LOCKED = Duration.ofSeconds(5); // by others who move the same ref
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final Path root;
  private final AbandonedLocks locks;
  private final Writers writers;

  public Repositories(Path data) {
    this(data, Clock.systemUTC());
  }

  Repositories(Path data, Clock clock) {
    this.root = data.resolve("repositories");
    IsolatedSystem.install();
    try {
      Files.createDirectories(root);
      this.writers = new Writers(data.resolve("repository-writers"));
    } catch (IOException e) {
      throw new IllegalStateException(
          "the repositories cannot be kept in " + root + ": " + e.getMessage(), e);
    }
    this.locks = new AbandonedLocks(clock, writers);
  }

  /** Where a repository is. */
  Path folder(long id) {
    return root.resolve(id + ".git");
  }

  Path root() {
    return root;
  }

  /** What is left of the disk. */
  long freeBytes() throws IOException {
    return Files.getFileStore(root).getUsableSpace();
  }

  /** Opens a repository, which the caller closes. */
  public Repository open(long id) throws IOException {
    return new FileRepositoryBuilder()
        .setGitDir(folder(id).toFile())
        .setMustExist(true)
        .setBare()
        .build();
  }

  /** Whether there is something on disk under this number. */
  boolean isThere(long id) {
    return Files.exists(folder(id));
  }

  /** How many branches and tags there are. */
  long refs(long id) throws IOException {
    try (Repository repository = open(id)) {
      return repository.getRefDatabase().getRefs().stream()
          .filter(ref -> Fetches.isPublic(ref.getName()))
          .count();
    }
  }

  /** Makes an empty repository whose {@code HEAD} is the given branch, and marks it. */
  void createUnclaimed(long id, String branch) throws IOException {
    Files.createDirectory(folder(id));
    Files.writeString(marker(id), writers.own());
    File folder = folder(id).toFile();
    try (Repository repository = new FileRepositoryBuilder().setGitDir(folder).setBare().build()) {
      repository.create(true);
      configure(repository);
      repository.updateRef("HEAD").link("refs/heads/" + branch);
    }
  }

  /** Writes the settings of a repository whose files have come from elsewhere. */
  void configure(long id) throws IOException {
    try (Repository repository = open(id)) {
      repository.getConfig().setInt("core", null, "repositoryformatversion", 0);
      repository.getConfig().setBoolean("core", null, "bare", true);
      configure(repository);
    }
  }

  private static void configure(Repository repository) throws IOException {
    var config = repository.getConfig();
    config.setBoolean("core", null, "logAllRefUpdates", false);
    config.setBoolean("core", null, "fsyncRefFiles", true);
    config.setBoolean("core", null, "fsyncObjectFiles", true);
    config.setBoolean("receive", null, "autogc", false);
    config.save();
  }

  /** Whether whoever made this repository for a first push has ended before that push did. */
  boolean isLeft(long id) throws IOException {
    try {
      return writers.isGone(Files.readString(marker(id)));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** A place for what a push sends to a repository. */
  Quarantine quarantine(long id) throws IOException {
    return Quarantine.open(folder(id), writers.own());
  }

  /** Locks of refs that nobody holds any more. */
  AbandonedLocks abandonedLocks(Clock clock) {
    return new AbandonedLocks(clock, writers);
  }

  /** Whether whoever received into this folder has ended before the push did. */
  boolean isLeft(Path quarantine) {
    return Quarantine.writer(quarantine).map(writers::isGone).orElse(false);
  }

  private Path marker(long id) {
    return folder(id).resolve(UNCLAIMED);
  }

  /**
   * Ends a first push: the repository stays if it has a row, and goes if not. Where that cannot be
   * known now, it stays marked, and {@link UnclaimedRepositories} looks again later.
   */
  void settle(long id, LongPredicate claimed) {
    try {
      if (!Files.exists(marker(id))) {
        return;
      }
      if (claimed.test(id)) {
        Files.deleteIfExists(marker(id));
      } else {
        delete(id);
      }
    } catch (IOException | RuntimeException e) {
      log.warn("repository {} of a first push is looked at again later: {}", id, e.toString());
    }
  }

  private void delete(long id) throws IOException {
    RepositoryCache.unregister(RepositoryCache.FileKey.exact(folder(id).toFile(), FS.DETECTED));
    Trees.delete(folder(id));
  }

  /**
   * Removes a repository whose row is gone; nothing there is fine. While a push is being received
   * it stays, so that the push comes to its end and is refused in words.
   *
   * @return whether it is gone
   */
  public boolean remove(long id) throws IOException {
    for (Path quarantine : Trees.children(folder(id).resolve(Quarantine.FOLDER))) {
      if (!isLeft(quarantine)) {
        return false;
      }
    }
    delete(id);
    return true;
  }

  /** Keeps a commit's objects, by a ref that nobody sees, until the build ends. */
  public void holdForBuild(long id, long buildId, String commit) throws IOException {
    try (Repository repository = open(id)) {
      RefUpdate update = repository.updateRef(hold(buildId));
      update.setNewObjectId(ObjectId.fromString(commit));
      update.setForceUpdate(true);
      expect(update.update(), update.getName());
    }
  }

  /** Lets go of what {@link #holdForBuild} keeps; nothing held is fine. */
  public void releaseHold(long id, long buildId) throws IOException {
    try (Repository repository = open(id)) {
      if (repository.exactRef(hold(buildId)) != null) {
        RefUpdate update = repository.updateRef(hold(buildId));
        update.setForceUpdate(true);
        expect(update.delete(), update.getName());
      }
    }
  }

  /**
   * Moves a ref forward by compare-and-set: if it is where the push found it, or at an ancestor of
   * the new commit.
   *
   * @param expectedOld where the push found it; null if there was none
   */
  public RefMove moveRef(long id, String ref, @Nullable String expectedOld, String commit)
      throws IOException {
    ObjectId next = ObjectId.fromString(commit);
    long deadline = System.nanoTime() + LOCKED.toNanos();
    try (Repository repository = open(id);
        RevWalk walk = new RevWalk(repository)) {
      while (true) {
        ObjectId now = position(repository, ref);
        if (now.equals(next)) {
          return RefMove.MOVED;
        }
        if (!mayMove(walk, now, expectedOld, next)) {
          return RefMove.OVERTAKEN;
        }
        RefUpdate update = repository.updateRef(ref);
        update.setExpectedOldObjectId(now);
        update.setNewObjectId(next);
        update.setForceUpdate(true);
        if (isDone(update.update())) {
          return RefMove.MOVED;
        }
        if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
          throw new IOException("the ref " + ref + " is locked by somebody else");
        }
        locks.removeFor(folder(id), ref);
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** Whether {@link #moveRef} would move the ref now. */
  public boolean mayMove(long id, String ref, @Nullable String expectedOld, String commit)
      throws IOException {
    ObjectId next = ObjectId.fromString(commit);
    try (Repository repository = open(id);
        RevWalk walk = new RevWalk(repository)) {
      ObjectId now = position(repository, ref);
      return now.equals(next) || mayMove(walk, now, expectedOld, next);
    }
  }

  /** Whether a ref is at a commit. */
  public boolean isAt(long id, String ref, String commit) throws IOException {
    try (Repository repository = open(id)) {
      return position(repository, ref).name().equals(commit);
    }
  }

  private static ObjectId position(Repository repository, String ref) throws IOException {
    Ref current = repository.exactRef(ref);
    ObjectId id = current == null ? null : current.getObjectId();
    return id == null ? ObjectId.zeroId() : id;
  }

  private static boolean mayMove(
      RevWalk walk, ObjectId now, @Nullable String expectedOld, ObjectId next) throws IOException {
    String old = expectedOld == null ? ObjectId.zeroId().name() : expectedOld;
    return now.name().equals(old)
        || now.equals(ObjectId.zeroId())
        || walk.isMergedInto(walk.parseCommit(now), walk.parseCommit(next));
  }

  /**
   * Writes the tree of a commit as a tar that depends on nothing but the commit.
   *
   * @throws SourceRefused if the tree holds what cannot be built
   */
  public void writeSourceTar(long id, String commit, OutputStream out) throws IOException {
    try (Repository repository = open(id)) {
      SourceTree.of(repository, ObjectId.fromString(commit)).writeTar(out);
    }
  }

  /** Reads a file of a commit's tree, if it is there and a file of at most so many bytes. */
  public Optional<byte[]> readFile(long id, String commit, String path, int limit)
      throws IOException {
    try (Repository repository = open(id)) {
      return SourceTree.of(repository, ObjectId.fromString(commit)).read(path, limit);
    }
  }

  @Override
  public void close() throws IOException {
    writers.close();
  }

  /** What is held for a build, in one of the repositories. */
  public record Hold(long repository, long build) {}

  /** Everything that has been held since before a moment. */
  public List<Hold> holdsFromBefore(Instant moment) throws IOException {
    List<Hold> found = new ArrayList<>();
    for (Path folder : Trees.children(root)) {
      Matcher repository = FOLDER.matcher(folder.getFileName().toString());
      if (repository.matches()) {
        for (Path hold : Trees.children(folder.resolve(HIDDEN + "builds"))) {
          if (NUMBER.matcher(hold.getFileName().toString()).matches()
              && isFromBefore(hold, moment)) {
            found.add(
                new Hold(
                    Long.parseLong(repository.group(1)),
                    Long.parseLong(hold.getFileName().toString())));
          }
        }
      }
    }
    return found;
  }

  private static boolean isFromBefore(Path file, Instant moment) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(moment);
    } catch (NoSuchFileException e) {
      return false; // let go of meanwhile
    }
  }

  private static String hold(long buildId) {
    return HIDDEN + "builds/" + buildId;
  }

  private static void expect(RefUpdate.Result result, String ref) throws IOException {
    if (!isDone(result)) {
      throw new IOException("the ref " + ref + " could not be written: " + result);
    }
  }

  private static boolean isDone(RefUpdate.Result result) {
    return switch (result) {
      case NEW, FORCED, FAST_FORWARD, NO_CHANGE, RENAMED -> true;
      case NOT_ATTEMPTED,
          LOCK_FAILURE,
          IO_FAILURE,
          REJECTED,
          REJECTED_CURRENT_BRANCH,
          REJECTED_MISSING_OBJECT,
          REJECTED_OTHER_REASON ->
          false;
    };
  }
}
