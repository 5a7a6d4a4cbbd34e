package lmnop.controlplane.releases;

import java.io.IOException;
import java.time.Duration;
import lmnop.controlplane.git.RefMove;
import lmnop.controlplane.git.Repositories;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * How releases end. What is left to do after the last row is written is in a drain task of the same
 * transaction, so a crash at any moment leaves nothing running for nothing.
 */
final class Ending {
  private static final Logger log = LoggerFactory.getLogger(Ending.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private final ReleaseStore store;
  private final Drains drains;
  private final Repositories repositories;
  private final ReleaseLog lines;

  Ending(
      Database database,
      ReleaseStore store,
      Drains drains,
      Repositories repositories,
      ReleaseLog lines) {
    this.database = database;
    this.store = store;
    this.drains = drains;
    this.repositories = repositories;
    this.lines = lines;
  }

  /** After the cutover there is only forward: the ref follows, the old workloads are drained. */
  void finish(Release release) throws IOException {
    String ref = release.ref();
    String commit = release.commit();
    if (ref != null && commit != null) {
      RefMove move = repositories.moveRef(release.repositoryId(), ref, release.oldCommit(), commit);
      if (move == RefMove.OVERTAKEN) {
        log.error("release {}: {} was moved by somebody else after the cutover", release.id(), ref);
      }
    }
    Flux<Workload> replaced = store.replaced(release.id());
    store.complete(release, replaced.concatMap(drains::submit).then()).block(ANSWER);
  }

  /**
   * Before the cutover: what ran before goes on running, and the new workloads are removed.
   *
   * @param right locks what gives the writer the right, or is empty
   * @return false if the writer has lost the right, or the release is decided
   */
  boolean giveUp(Release release, String stage, ReleaseFailure failure, Mono<Long> right) {
    Flux<Workload> deployed =
        Flux.fromIterable(release.parts())
            .map(part -> new Workload(part.namespace(), part.workload()));
    Mono<Void> then =
        lines
            .line(release, stage, failure.words())
            .thenMany(deployed.concatMap(drains::submit))
            .then();
    return store.fail(release, stage, failure, right, then).blockOptional(ANSWER).isPresent();
  }

  /** Asks for everything to be drained that runs for nothing. */
  void drainUnwanted() {
    database
        .inTransaction(store.unwanted().concatMap(drains::submit).collectList())
        .blockOptional(ANSWER)
        .filter(submitted -> !submitted.isEmpty())
        .ifPresent(submitted -> log.info("{} workloads ran for nothing", submitted.size()));
  }
}
