package lmnop.controlplane.deletions;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import lmnop.controlplane.builds.Builds;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.releases.Drains;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.controlplane.releases.Releases;
import lmnop.operations.database.Copying;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.tasks.TaskQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Removes what is left of functions that are deleted: the repository's folder, what runs, what is
 * kept of crashes, the tasks that have ended.
 *
 * <p>Each step may be done again, and by several at once: so whoever starts next goes on, and
 * nobody needs a lease. Artifacts are collected as those of any revision that is not kept.
 */
public final class DeletionRun {
  private static final Logger log = LoggerFactory.getLogger(DeletionRun.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private final TaskQueue queue;
  private final DeletionStore store;
  private final Releases releases;
  private final Repositories repositories;
  private final FunctionProvider provider;

  DeletionRun(
      Database database,
      TaskQueue queue,
      DeletionStore store,
      Releases releases,
      Repositories repositories,
      FunctionProvider provider) {
    this.database = database;
    this.queue = queue;
    this.store = store;
    this.releases = releases;
    this.repositories = repositories;
    this.provider = provider;
  }

  /**
   * Goes on with every function of which something is left, unless a backup is being made that may
   * still need it; a round of a loop.
   */
  public void finish() {
    List<DeletionStore.Left> all = await(store.left().collectList());
    if (all.isEmpty() || await(Copying.isGoingOn(database))) {
      return;
    }
    for (DeletionStore.Left left : all) {
      try {
        finish(left);
      } catch (IOException | ProviderException e) {
        log.warn(
            "what is left of {}/{} is removed later: {}",
            left.owner(),
            left.function(),
            e.toString());
      }
    }
  }

  private void finish(DeletionStore.Left left) throws IOException {
    Long repository = left.repositoryId();
    boolean folderIsGone = repository == null || repositories.remove(repository);
    await(
        database.inTransaction(
            store
                .forgotten(left)
                .concatMap(one -> releases.drain(one.namespace(), one.name()))
                .collectList()));
    if (!folderIsGone || !await(store.hasEnded(left))) {
      return;
    }
    provider.forgetCrashes(String.valueOf(left.functionId()), left.owner());
    if (database.inTransaction(forget(left)).blockOptional(ANSWER).isPresent()) {
      log.info(
          "{}/{} was deleted by {}: nothing of it is left",
          left.owner(),
          left.function(),
          left.actor());
    }
  }

  private Mono<Long> forget(DeletionStore.Left left) {
    List<String> ofRepository = List.of("repository " + left.repositoryId());
    return store
        .remove(left)
        .flatMap(removed ->
            queue
                .forget(Drains.KIND, left.workloads())
                .then(queue.forget(Builds.KIND, ofRepository))
                .then(queue.forget(ReleaseRun.KIND, ofRepository)));
  }

  private static <T> T await(Mono<T> answer) {
    return Objects.requireNonNull(answer.block(ANSWER), "the database gave no row");
  }
}
