package lmnop.controlplane.releases;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.git.Repositories;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.providerapi.FunctionProvider;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Asks for releases; {@link ReleaseRun} carries them out. */
public final class Releases {
  private static final int ATTEMPTS = 10; // each one goes on where the last was interrupted

  private final Database database;
  private final TaskQueue queue;
  private final ReleaseStore store;
  private final Traffic traffic;

  public Releases(Database database, TaskQueue queue) {
    this.database = database;
    this.queue = queue;
    this.store = new ReleaseStore(database);
    this.traffic = new Traffic(database);
  }

  /** Adds a release of what a build made; part of the surrounding transaction. */
  public Mono<Long> insertForBuild(long build) {
    return store.insertForBuild(build);
  }

  /** Adds a function's part; part of the surrounding transaction. */
  public Mono<Long> insertPart(long release, long function, long revision, String workload) {
    return store.insertPart(release, function, revision, workload);
  }

  /**
   * Asks for a release of a revision that was there before; part of the surrounding transaction.
   *
   * @param workload what runs it: the one that did before, if it does still, or a new one
   */
  public Mono<Long> rollBack(
      long repository, long function, long revision, String workload, String actor) {
    return store
        .insertForRollback(repository, actor)
        .flatMap(release ->
            store
                .insertPart(release, function, revision, workload)
                .then(submit(release, repository))
                .thenReturn(release));
  }

  /** Puts a release into the queue, after others of its repository. */
  public Mono<Long> submit(long release, long repository) {
    String payload = JsonMapper.shared().writeValueAsString(Map.of("releaseId", release));
    return queue
        .submit(ReleaseRun.KIND, "repository " + repository, payload, Duration.ZERO, ATTEMPTS)
        .flatMap(task -> store.setTask(release, task));
  }

  /** What carries out {@code drain} tasks. */
  public Drains drains(FunctionProvider provider) {
    return new Drains(traffic, queue, provider);
  }

  /** What carries out {@code release} tasks. */
  public ReleaseRun run(
      Drains drains,
      FunctionProvider provider,
      Repositories repositories,
      Pace pace,
      ReleaseSettings settings) {
    ReleaseLog log = new ReleaseLog(database);
    return new ReleaseRun(
        store,
        queue,
        new Rollout(store, provider, log, pace, settings),
        new Cutover(traffic, repositories, log),
        new Ending(database, store, drains, repositories, log),
        pace);
  }

  /** What a build's release changed, once it is done. */
  public Mono<Switched> switchedByBuild(long build) {
    return store.ofBuild(build).flatMap(store::switched);
  }

  /** What a release changed, once it is done. */
  public Mono<Switched> switched(long release) {
    return store.switched(release);
  }

  /** The functions of a repository that serve with what somebody rolled back to, in words. */
  public Flux<String> rolledBack(long repository) {
    return store.rolledBack(repository);
  }

  /** How far a release is. */
  public Mono<Progress> progress(long release) {
    return store.progress(release);
  }

  /** The lines after a number of what a release says that no build asked for. */
  public Flux<StageLog.Entry> said(long release, int number) {
    return StageLog.ofReleases(database).after(release, number);
  }

  /**
   * How far a release is, and why it went no further.
   *
   * @param askedAt when it was asked for
   * @param endedAt null while it goes on
   */
  public record Progress(
      Instant askedAt,
      @Nullable Instant endedAt,
      boolean succeeded,
      @Nullable String stage,
      @Nullable String fault,
      @Nullable String message) {}

  /**
   * A finished cutover.
   *
   * @param number the change that routers must apply
   * @param previous the workloads that had the traffic before, as {@code namespace/workload}
   */
  public record Switched(long number, List<String> previous) {}
}
