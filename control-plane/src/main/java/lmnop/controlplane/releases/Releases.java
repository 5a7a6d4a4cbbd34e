package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.git.Repositories;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.providerapi.FunctionProvider;
import lmnop.tasks.TaskQueue;
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
      ReleaseLog log,
      Pace pace) {
    return new ReleaseRun(
        store,
        queue,
        new Rollout(store, provider, log, pace),
        new Cutover(traffic, repositories, log),
        new Ending(database, store, drains, repositories, log));
  }

  /** What a build's release changed, once it is done. */
  public Mono<Switched> switched(long build) {
    return store.switched(build);
  }

  /**
   * A finished cutover.
   *
   * @param number the change that routers must apply
   * @param previous the workloads that had the traffic before, as {@code namespace/workload}
   */
  public record Switched(long number, List<String> previous) {}
}
