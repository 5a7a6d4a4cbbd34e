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
  private final ReleaseOutcomes outcomes;
  private final Previews previews;
  private final Traffic traffic;

  public Releases(Database database, TaskQueue queue) {
    this.database = database;
    this.queue = queue;
    this.store = new ReleaseStore(database);
    this.outcomes = new ReleaseOutcomes(database);
    this.previews = new Previews(database, queue);
    this.traffic = new Traffic(database, previews);
  }

  /** Adds a release of what a build made; part of the surrounding transaction. */
  public Mono<Long> insertForBuild(long build) {
    return store.insertForBuild(build, Release.Cause.PUSH);
  }

  /** The same for a build of a branch's preview. */
  public Mono<Long> insertForPreview(long build) {
    return store.insertForBuild(build, Release.Cause.PREVIEW);
  }

  /** Adds a function's part; part of the surrounding transaction. */
  public Mono<Long> insertPart(long release, long function, long revision, String workload) {
    return store.insertPart(release, function, revision, workload, 100);
  }

  /** The same for a preview, which gets no share of the traffic. */
  public Mono<Long> insertPreviewPart(long release, long function, long revision, String workload) {
    return store.insertPart(release, function, revision, workload, 0);
  }

  /**
   * Asks for a revision that was there before to get all of the traffic; part of the surrounding
   * transaction.
   */
  public Mono<Long> rollBack(long repository, Share share, String actor) {
    return store
        .insert(repository, Release.Cause.ROLLBACK, actor)
        .flatMap(release -> ofOne(release, repository, share));
  }

  /**
   * Asks for a revision that was there before to get a share of the traffic; part of the
   * surrounding transaction.
   */
  public Mono<Long> split(long repository, Share share, String actor) {
    return store
        .insert(repository, Release.Cause.SPLIT, actor)
        .flatMap(release -> ofOne(release, repository, share));
  }

  /**
   * Asks for what has a share of the traffic to be deployed once more, and to keep that share; part
   * of the surrounding transaction.
   */
  public Mono<Long> renew(long repository, Share share, String actor) {
    return store
        .insert(repository, Release.Cause.CONFIGURATION, actor)
        .flatMap(release -> ofOne(release, repository, share));
  }

  /**
   * Asks for a revision that no push made to get all of the traffic; part of the surrounding
   * transaction.
   */
  public Mono<Long> deploy(long repository, Share share, String actor) {
    return store
        .insert(repository, Release.Cause.API, actor)
        .flatMap(release -> ofOne(release, repository, share));
  }

  /**
   * Asks for a release of a build that was made of a preview; part of the surrounding transaction.
   */
  public Mono<Long> promote(long build, long repository, Share share) {
    return store
        .insertForBuild(build, Release.Cause.PROMOTION)
        .flatMap(release -> ofOne(release, repository, share));
  }

  private Mono<Long> ofOne(long release, long repository, Share share) {
    return store
        .insertPart(release, share.function(), share.revision(), share.workload(), share.weight())
        .then(submit(release, repository))
        .thenReturn(release);
  }

  /**
   * What a function's revision shall get of the traffic.
   *
   * @param workload what runs it: the one that did before, if it does still, or a new one
   * @param weight in percent
   */
  public record Share(long function, long revision, String workload, int weight) {}

  /** The hosts of previews, and their end. */
  public Previews previews() {
    return previews;
  }

  /** Puts a release into the queue, after others of its repository. */
  public Mono<Long> submit(long release, long repository) {
    String payload = JsonMapper.shared().writeValueAsString(Map.of("releaseId", release));
    return queue
        .submit(ReleaseRun.KIND, "repository " + repository, payload, Duration.ZERO, ATTEMPTS)
        .flatMap(task -> store.setTask(release, task));
  }

  /** Asks for a workload to be drained; part of the surrounding transaction. */
  public Mono<Long> drain(String namespace, String workload) {
    return Drains.submitTo(queue, new Workload(namespace, workload));
  }

  /** What carries out {@code drain} tasks. */
  public Drains drains(FunctionProvider provider) {
    return new Drains(traffic, queue, provider);
  }

  /** What carries out {@code reinstate} tasks. */
  public Reinstatement reinstatement(FunctionProvider provider, SecretValues secrets) {
    return new Reinstatement(database, provider, secrets);
  }

  /** What carries out {@code release} tasks. */
  public ReleaseRun run(
      Drains drains,
      FunctionProvider provider,
      Repositories repositories,
      SecretValues secrets,
      Pace pace,
      ReleaseSettings settings) {
    ReleaseLog log = new ReleaseLog(database);
    return new ReleaseRun(
        store,
        queue,
        new Rollout(store, provider, secrets, new ReleaseSecrets(database), log, pace, settings),
        new Cutover(traffic, repositories, log),
        new Ending(database, store, drains, repositories, log),
        pace);
  }

  /** What a build's release changed, once it is done. */
  public Mono<Switched> switchedByBuild(long build) {
    return outcomes.ofBuild(build).flatMap(outcomes::switched);
  }

  /** What a release changed, once it is done. */
  public Mono<Switched> switched(long release) {
    return outcomes.switched(release);
  }

  /** The functions of a repository that serve with what somebody rolled back to, in words. */
  public Flux<String> rolledBack(long repository) {
    return outcomes.rolledBack(repository);
  }

  /** The functions of a repository whose traffic several revisions share, in words. */
  public Flux<String> splits(long repository) {
    return outcomes.splits(repository);
  }

  /** How far a release is. */
  public Mono<Progress> progress(long release) {
    return outcomes.progress(release);
  }

  /** The lines after a number of what a release says, in the log of its build if it has one. */
  public Flux<StageLog.Entry> said(long release, int number) {
    return store
        .buildOf(release)
        .flatMapMany(build ->
            build
                .map(id -> StageLog.ofBuilds(database).after(id, number))
                .orElseGet(() -> StageLog.ofReleases(database).after(release, number)));
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
