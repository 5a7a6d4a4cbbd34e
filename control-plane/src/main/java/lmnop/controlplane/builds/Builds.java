package lmnop.controlplane.builds;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.functions.Claimed;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.functions.NameTaken;
import lmnop.controlplane.functions.PreviewRefused;
import lmnop.controlplane.functions.RepositoryGone;
import lmnop.controlplane.git.Deployer;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.releases.Possible;
import lmnop.controlplane.releases.ReleaseReport;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.templates.NamedTemplate;
import lmnop.controlplane.templates.NoTemplate;
import lmnop.controlplane.templates.Templates;
import lmnop.operations.archive.Digest;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Loop;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns pushed commits into builds.
 *
 * <p>The build goes on by itself: whoever watches may leave, and a second push of the same commit
 * attaches to the build that runs.
 */
public final class Builds implements Deployer, AutoCloseable {
  /** The kind of task that builder workers run. */
  public static final String KIND = "build";

  /** The channel on which PostgreSQL tells of builds, by id. */
  public static final String CHANNEL = "lmnop_builds";

  private static final Logger log = LoggerFactory.getLogger(Builds.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration HOLDS_LOOK = Duration.ofSeconds(5);
  private static final Duration UNCLAIMED_LOOK = Duration.ofSeconds(30);
  private static final Duration ABANDONED_LOOK = Duration.ofSeconds(10);
  private static final Duration RETENTION_LOOK = Duration.ofMinutes(10);
  private static final int ATTEMPTS = 3;

  private final Database database;
  private final TaskQueue queue;
  private final BuildStore store;
  private final StageLog buildLog;
  private final BuildSignals signals = new BuildSignals();
  private final FunctionStore functions;
  private final PreviewClaims previews;
  private final Templates templates;
  private final Repositories repositories;
  private final Releases releases;
  private final BuildWatch watch;
  private final Clock clock;
  private final Supplier<String> artifactKind;
  private final BuildResults taker;
  private final Loop results;
  private final Loop holds;
  private final Loop unclaimedHolds;
  private final Loop abandoned;
  private final Loop retention;
  private final KnownValues values;
  private final Possible possible;

  /**
   * Everything that builds need.
   *
   * @param credentials values of the platform's own that must not stand in a log
   * @param secrets those of a repository's owner, by the repository's id
   */
  public record Needs(
      Database database,
      TaskQueue queue,
      FunctionStore functions,
      Templates templates,
      Repositories repositories,
      Releases releases,
      Routers routers,
      FunctionUrls urls,
      Clock clock,
      Supplier<String> artifactKind,
      Supplier<String> workloadSuffix,
      BuildSettings settings,
      PreviewSettings previews,
      List<String> credentials,
      LongFunction<Mono<List<byte[]>>> secrets) {}

  public Builds(Needs needs) {
    this.database = needs.database();
    this.possible = new Possible(database);
    this.queue = needs.queue();
    this.store = new BuildStore(database, queue);
    this.buildLog = StageLog.ofBuilds(database);
    this.functions = needs.functions();
    this.previews = new PreviewClaims(functions, needs.previews());
    this.templates = needs.templates();
    this.repositories = needs.repositories();
    this.releases = needs.releases();
    this.watch = new BuildWatch(needs, store, buildLog, signals);
    this.clock = needs.clock();
    this.artifactKind = needs.artifactKind();
    this.taker = new BuildResults(database, store, releases, needs.workloadSuffix());
    this.results = Loop.start("build-results", LOOK, taker::takeUp);
    Holds held = new Holds(database, repositories, clock);
    this.holds = Loop.start("build-holds", HOLDS_LOOK, held::release);
    this.unclaimedHolds = Loop.start("unclaimed-holds", UNCLAIMED_LOOK, held::releaseUnclaimed);
    this.values = new KnownValues(needs.credentials(), needs.secrets());
    Duration patience = needs.settings().patience();
    this.abandoned =
        Loop.start(
            "abandoned-builds", ABANDONED_LOOK, () -> queue.abandon(KIND, patience).block(ANSWER));
    BuildRetention old = new BuildRetention(database, queue, needs.settings());
    this.retention = Loop.start("old-builds", RETENTION_LOOK, old::sweep);
  }

  @Override
  public Verdict deploy(Push push, Consumer<String> line) throws InterruptedException {
    return deploy(push, null, line);
  }

  @Override
  public Verdict preview(Push push, Consumer<String> line) throws InterruptedException {
    return deploy(push, previews.lifetime(push), line);
  }

  @Override
  public boolean branchDeleted(long repository, String ref, String actor) {
    Mono<Long> ending =
        releases
            .previews()
            .end(repository, ref, actor) // hosts are locked before builds, as by a push
            .flatMap(ended -> store.cancelPreviews(repository, ref, actor).then(Mono.just(ended)));
    return await(database.inTransaction(ending)) > 0;
  }

  /** Builds a push, as a preview if there is a lifetime, and watches it. */
  private Verdict deploy(Push push, @Nullable Duration lifetime, Consumer<String> line)
      throws InterruptedException {
    ReleaseReport report = new ReleaseReport(line, clock.instant());
    @Nullable Build running =
        store.running(push.repositoryId(), push.ref(), push.commit()).block(ANSWER);
    if (running != null) {
      report.note(clock.instant(), "this commit is being built already: here is its log");
      return watch.toItsEnd(running.id(), report);
    }
    String kind;
    try {
      kind = artifactKind.get();
    } catch (ProviderException e) {
      return new Verdict.Refused(
          "the provider does not answer (%s), so nothing can be deployed: push again later"
              .formatted(e.getMessage()));
    }
    String refusal = possible.refusal(push, lifetime != null).block(ANSWER);
    if (refusal != null) {
      return new Verdict.Refused(refusal);
    }
    if (lifetime == null) {
      sayWhatServes(push.repositoryId(), report);
    }
    List<Claimed> claimed;
    long build = await(store.nextId());
    try {
      repositories.holdForBuild(push.repositoryId(), build, push.commit());
      claimed = accept(build, push, lifetime, kind);
    } catch (NameTaken | NoTemplate | PreviewRefused | RepositoryGone e) {
      letGo(push.repositoryId(), build);
      return new Verdict.Refused(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException("the pushed commit cannot be held for its build", e);
    }
    log.info(
        "build {}: {} of {}/{}, {} function(s)",
        build,
        push.commit(),
        push.owner(),
        push.repository(),
        claimed.size());
    return watch.toItsEnd(build, report);
  }

  private void sayWhatServes(long repository, ReleaseReport report) {
    for (String words : await(releases.rolledBack(repository).collectList())) {
      report.note(
          clock.instant(),
          words + ": the branch is ahead of what serves, and this push goes on from the branch");
    }
    for (String words : await(releases.splits(repository).collectList())) {
      report.note(clock.instant(), words + ": this push takes all of the traffic and ends that");
    }
  }

  private void letGo(long repository, long build) {
    try {
      repositories.releaseHold(repository, build);
    } catch (IOException e) {
      log.warn("the hold of build {} stays: {}", build, e.toString());
    }
  }

  /** Function, routes, build and task come into being together, or not at all. */
  private List<Claimed> accept(long build, Push push, @Nullable Duration lifetime, String kind) {
    Mono<List<Claimed>> accepting =
        kept(push)
            .then(Mono.defer(() -> lifetime == null ? claim(push) : previews.claim(push)))
            .flatMap(claimed ->
                store
                    .insert(build, push, lifetime)
                    .then(addFunctions(build, push, claimed, kind, lifetime != null))
                    .flatMap(wanted ->
                        announce(build, wanted, lifetime != null)
                            .then(begin(build, push, wanted, kind)))
                    .then(
                        store
                            .supersedeWaiting(
                                push.repositoryId(), push.ref(), build, shortened(push.commit()))
                            .then())
                    .then(functions.announce(claimed))
                    .thenReturn(claimed));
    return Objects.requireNonNull(database.inTransaction(accepting).block(ANSWER));
  }

  /** The repository's row is locked before any other: whoever deletes functions relies on that. */
  private Mono<Void> kept(Push push) {
    return push.firstPush()
        ? Mono.empty()
        : functions.keepRepository(push.repositoryId(), push.repository());
  }

  private Mono<List<Claimed>> claim(Push push) {
    return Flux.fromIterable(push.functions())
        .concatMap(function ->
            functions.claim(
                new OwnerName(push.owner()),
                push.repositoryId(),
                push.repository(),
                function.name(),
                push.actor()))
        .collectList();
  }

  private Mono<List<BuildStore.Wanted>> addFunctions(
      long build, Push push, List<Claimed> claimed, String kind, boolean preview) {
    return Flux.range(0, claimed.size())
        .concatMap(i -> wanted(claimed.get(i).functionId(), push.functions().get(i), kind, preview))
        .concatMap(wanted -> store.insertFunction(build, wanted, preview).thenReturn(wanted))
        .collectList();
  }

  private Mono<BuildStore.Wanted> wanted(
      long id, ConfiguredFunction function, String kind, boolean preview) {
    return templates
        .named(function.configuration().template())
        .flatMap(template -> wanted(id, function, template, kind, preview));
  }

  /**
   * The template is looked up once: by the next look its name may stand for another content. A
   * preview is built in any case: what serves has other secrets and another access.
   */
  private Mono<BuildStore.Wanted> wanted(
      long id, ConfiguredFunction function, NamedTemplate template, String kind, boolean preview) {
    String source = function.source();
    if (source == null) {
      return Mono.just(new BuildStore.Wanted(id, function, template, null, null));
    }
    String content =
        Digest.of(
                String.join(
                    "\n",
                    source,
                    template.digest().toString(),
                    kind,
                    function.configuration().toJson()))
            .toString();
    return (preview ? Mono.<BuildStore.Kept>empty() : store.serving(id, content))
        .map(kept -> new BuildStore.Wanted(id, function, template, content, kept))
        .defaultIfEmpty(new BuildStore.Wanted(id, function, template, content, null));
  }

  /** Says for each of several functions what happens to it; those without a preview go on. */
  private Mono<Void> announce(long build, List<BuildStore.Wanted> functions, boolean preview) {
    List<String> lines = new ArrayList<>();
    for (BuildStore.Wanted wanted : functions) {
      BuildStore.Kept kept = wanted.kept();
      if (kept != null) {
        lines.add(
            "%s: unchanged, revision %d goes on"
                .formatted(wanted.function().name(), kept.number()));
      } else if (wanted.content() != null) {
        lines.add(wanted.function().name() + ": is built");
      }
    }
    return (preview ? Flux.<String>empty() : store.leaving(build))
        .map(name -> name + ": is not in this commit any more, and stops when it goes live")
        .collectList()
        .flatMap(leaving -> {
          lines.addAll(leaving);
          return buildLog.append(
              build, lines.stream().map(text -> new StageLog.Line("CHECKOUT", text)).toList());
        })
        .then();
  }

  /** Has a worker build what changed; where nothing did, the release begins at once. */
  private Mono<Void> begin(long build, Push push, List<BuildStore.Wanted> functions, String kind) {
    List<Map<String, Object>> work =
        functions.stream()
            .filter(wanted -> wanted.kept() == null)
            .map(wanted -> work(wanted, kind))
            .toList();
    if (work.isEmpty()) {
      return taker.release(build, push.repositoryId(), false, "{}");
    }
    String payload =
        JsonMapper.shared()
            .writeValueAsString(
                Map.of(
                    "buildId",
                    build,
                    "commit",
                    push.commit(),
                    "owner",
                    push.owner(),
                    "functions",
                    work));
    return queue
        .submit(KIND, "repository " + push.repositoryId(), payload, Duration.ZERO, ATTEMPTS)
        .flatMap(task -> store.setTask(build, task))
        .then();
  }

  private static Map<String, Object> work(BuildStore.Wanted wanted, String kind) {
    return Map.of(
        "functionId", wanted.id(),
        "name", wanted.function().name().value(),
        "root", wanted.function().root(),
        "include", wanted.function().include(),
        "template", wanted.template().name(),
        "templateDigest", wanted.template().digest().toString(),
        "options", wanted.configuration().options(),
        "artifact", kind);
  }

  private static <T> T await(Mono<T> answer) {
    return Objects.requireNonNull(answer.block(ANSWER), "the database gave no row");
  }

  private static String shortened(String commit) {
    return commit.substring(0, Math.min(7, commit.length()));
  }

  /** PostgreSQL told of a build. */
  public void buildChanged(String id) {
    signals.wake(id);
  }

  /** A build task ended. */
  public void taskEnded() {
    results.nudge();
  }

  /** What workers ask. */
  public WorkerApi workerApi(Executor threads) {
    return new WorkerApi(database, store, buildLog, values, templates, repositories, threads);
  }

  @Override
  public void close() {
    retention.close();
    abandoned.close();
    unclaimedHolds.close();
    holds.close();
    results.close();
  }
}
