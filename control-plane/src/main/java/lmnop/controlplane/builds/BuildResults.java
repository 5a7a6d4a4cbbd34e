package lmnop.controlplane.builds;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import lmnop.controlplane.releases.Releases;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes up what workers finished: a built commit becomes revisions and a release, a failed one ends
 * its build. All of it in one transaction, so whoever comes next finds the one or the other.
 */
final class BuildResults {
  private static final Logger log = LoggerFactory.getLogger(BuildResults.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private final BuildStore store;
  private final Releases releases;
  private final Supplier<String> workloadSuffix;

  BuildResults(
      Database database, BuildStore store, Releases releases, Supplier<String> workloadSuffix) {
    this.database = database;
    this.store = store;
    this.releases = releases;
    this.workloadSuffix = workloadSuffix;
  }

  /** Takes up all that has ended; a round of a loop. */
  void takeUp() {
    List<BuildStore.Ended> ended = List.of();
    do {
      ended =
          Objects.requireNonNullElse(
              database
                  .inTransaction(store.ended().collectList().flatMap(this::record))
                  .block(ANSWER),
              List.of());
    } while (!ended.isEmpty());
  }

  private Mono<List<BuildStore.Ended>> record(List<BuildStore.Ended> ended) {
    return Flux.fromIterable(ended)
        .concatMap(build ->
            build.succeeded()
                ? release(build.buildId(), build.repositoryId(), build.preview(), build.result())
                : fail(build))
        .then(Mono.just(ended));
  }

  /**
   * Asks for the release of what was built, together with what did not have to be; part of the
   * surrounding transaction.
   *
   * @param preview whether it is one; everything is built for it
   * @param result of the build task
   */
  Mono<Void> release(long build, long repository, boolean preview, String result) {
    JsonNode functions = JsonMapper.shared().readTree(result).path("functions");
    Mono<Long> adding = preview ? releases.insertForPreview(build) : releases.insertForBuild(build);
    return adding
        .flatMap(release ->
            store
                .unchanged(build)
                .collectList() // before those that are built get their revision
                .flatMapMany(Flux::fromIterable)
                .concatMap(unchanged -> part(release, unchanged))
                .thenMany(Flux.fromIterable(functions))
                .concatMap(function -> part(build, release, preview, function))
                .then(releases.submit(release, repository)))
        .then(store.setReleasing(build))
        .then();
  }

  /** The release leaves it alone unless another one has changed it until then. */
  private Mono<Long> part(long release, BuildStore.Unchanged unchanged) {
    return Mono.justOrEmpty(unchanged.workload())
        .switchIfEmpty(Mono.defer(() -> workload(unchanged.function())))
        .flatMap(workload ->
            releases.insertPart(release, unchanged.function(), unchanged.revision(), workload));
  }

  private Mono<String> workload(long function) {
    return store.functionName(function).map(name -> name + "-" + workloadSuffix.get());
  }

  private Mono<Long> part(long build, long release, boolean preview, JsonNode function) {
    long id = function.path("functionId").asLong();
    Mono<Long> revision =
        store.insertRevision(
            build, id, function.path("artifact").asString(), function.path("bytes").asLong());
    return revision.flatMap(made ->
        workload(id)
            .flatMap(workload ->
                preview
                    ? releases.insertPreviewPart(release, id, made, workload)
                    : releases.insertPart(release, id, made, workload)));
  }

  private Mono<Void> fail(BuildStore.Ended ended) {
    JsonNode result = JsonMapper.shared().readTree(ended.result());
    String stage = result.path("stage").asString("BUILD");
    String fault = "user".equals(result.path("fault").asString("")) ? "user" : "platform";
    String message = result.path("message").asString("the builder worker gave no reason");
    log.info("build {} failed at {} ({}): {}", ended.buildId(), stage, fault, message);
    return store.fail(ended.buildId(), stage, fault, message).then();
  }
}
