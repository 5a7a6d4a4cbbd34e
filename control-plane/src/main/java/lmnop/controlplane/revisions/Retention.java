package lmnop.controlplane.revisions;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import lmnop.operations.database.Copying;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Drops the revisions that nobody will roll back to, then removes the artifacts that no kept
 * revision names.
 *
 * <p>A revision is dropped in the database first, for ever, and its artifact goes in some later
 * round: whoever dies in between loses nothing and leaves nothing behind, and any number of control
 * planes may do this at once.
 */
public final class Retention {
  private static final Logger log = LoggerFactory.getLogger(Retention.class);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final Database database;
  private final RetentionStore store;
  private final Artifacts artifacts;
  private final RetentionSettings settings;
  private final Clock clock;

  /** Keeps what the settings say, and artifacts in the directory accordingly. */
  public Retention(Database database, Path artifacts, RetentionSettings settings, Clock clock) {
    this.database = database;
    this.store = new RetentionStore(database);
    this.artifacts = new Artifacts(artifacts);
    this.settings = settings;
    this.clock = clock;
  }

  /** Does all of it once; a round of a loop. */
  public void collect() throws IOException {
    for (long function : block(store.functionsWithMoreThan(settings.revisions()).collectList())) {
      long dropped =
          block(
              database.inTransaction(
                  store.lock(function).then(store.drop(function, settings.revisions()))));
      log.debug("function {}: {} revisions dropped", function, dropped);
    }
    removeArtifacts();
  }

  /** What is named after the directory was read is newer than the grace time. */
  private void removeArtifacts() throws IOException {
    Instant before = clock.instant().minus(settings.grace());
    List<String> old = artifacts.from(before);
    if (old.isEmpty()) {
      return;
    }
    Set<String> needed = new HashSet<>();
    for (String artifact : block(store.neededArtifacts().collectList())) {
      needed.add(artifact);
      needed.addAll(artifacts.partsOf(artifact));
    }
    if (block(Copying.isGoingOn(database))) {
      return; // it may have the rows of before
    }
    int removed = 0;
    for (String artifact : old) {
      if (!needed.contains(artifact) && artifacts.remove(artifact, before)) {
        removed++;
      }
    }
    if (removed > 0) {
      log.info("{} artifacts that no kept revision names are removed", removed);
    }
  }

  private static <T> T block(Mono<T> answer) {
    return Objects.requireNonNull(answer.block(ANSWER), "the database gave no row");
  }
}
