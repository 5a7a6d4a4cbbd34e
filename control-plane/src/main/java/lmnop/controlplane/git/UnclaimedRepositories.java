package lmnop.controlplane.git;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.operations.lifecycle.Loop;

/**
 * Takes away what pushes left on disk that never came to an end, because the process was killed:
 * repositories of first pushes that got no row, quarantines, and locks of refs.
 *
 * <p>Another control plane may be receiving into them right now. So what a process that is known to
 * have ended made goes at once, and everything else only when nobody wrote to it for an hour; and
 * only what a first push marked is ever removed.
 */
public final class UnclaimedRepositories {
  private static final Duration PAUSE = Duration.ofMinutes(10);
  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Repositories repositories;
  private final RepositoryRows rows;
  private final Clock clock;
  private final AbandonedLocks locks;

  public UnclaimedRepositories(Repositories repositories, RepositoryRows rows, Clock clock) {
    this.repositories = repositories;
    this.rows = rows;
    this.clock = clock;
    this.locks = repositories.abandonedLocks(clock);
  }

  /** Looks now and every ten minutes. */
  public Loop start() {
    return Loop.start("unclaimed-repositories", PAUSE, this::sweep);
  }

  void sweep() throws IOException {
    for (Path folder : Trees.children(repositories.root())) {
      Matcher name = Repositories.FOLDER.matcher(folder.getFileName().toString());
      if (!name.matches()) {
        continue;
      }
      locks.removeAll(folder);
      for (Path quarantine : Trees.children(folder.resolve(Quarantine.FOLDER))) {
        if (repositories.isLeft(quarantine) || isAbandoned(quarantine)) {
          Trees.delete(quarantine);
        }
      }
      long id = Long.parseLong(name.group(1));
      if (repositories.isLeft(id) || isAbandoned(folder)) {
        repositories.settle(id, rows::isClaimed);
      }
    }
  }

  private boolean isAbandoned(Path folder) throws IOException {
    Instant since = clock.instant().minus(ABANDONED);
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        if (Files.getLastModifiedTime(path).toInstant().isAfter(since)) {
          return false;
        }
      }
      return true;
    } catch (NoSuchFileException | java.io.UncheckedIOException e) {
      return false; // somebody is at work there
    }
  }
}
