package lmnop.provider.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import lmnop.operations.archive.Trees;
import lmnop.operations.lifecycle.Looks;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.artifacts.UnusableArtifact;
import lmnop.provider.isolation.Keeper;
import lmnop.provider.isolation.ListeningPorts;
import lmnop.provider.isolation.Plan;
import lmnop.provider.isolation.PortTaken;
import lmnop.provider.process.EngineMetrics.ColdStart;
import lmnop.provider.registry.Endpoint;
import lmnop.provider.registry.Registrar;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance from its start to its end, told in order by one virtual thread: it starts, becomes
 * ready, gets requests, loses them, drains, ends, and leaves nothing.
 */
final class Instance {
  private static final Logger log = LoggerFactory.getLogger(Instance.class);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration LOOK_AT_CHILD = Duration.ofSeconds(5); // its end wakes us anyway
  private static final Duration FIRST_TRY = Duration.ofMillis(5);
  private static final Looks READY_LOOKS = new Looks(Duration.ofMillis(2), Duration.ofMillis(50));
  private static final Duration WRITTEN = Duration.ofSeconds(1);
  private static final Duration KILLED = Duration.ofSeconds(5);

  private final String name;
  private final WorkloadSpec spec;
  private final Path directory;
  private final Means means;
  private final InstanceWatcher watcher;
  private @Nullable Keeper keeper;
  private @Nullable InstanceState state;
  private final Semaphore nudges = new Semaphore(0);
  private volatile Phase phase = Phase.STARTING;
  private volatile Stop stop = Stop.NOT;
  private long readySince;

  /** The exit code with which it ended by itself; we may have to end it for another reason. */
  private OptionalInt endedWith = OptionalInt.empty();

  private Instance(String name, WorkloadSpec spec, Means means, InstanceWatcher watcher) {
    this.name = name;
    this.spec = spec;
    this.directory = means.run().resolve(name);
    this.means = means;
    this.watcher = watcher;
  }

  /** Starts an instance that nobody saw before. */
  static Instance start(String name, WorkloadSpec spec, Means means, InstanceWatcher watcher) {
    Instance instance = new Instance(name, spec, means, watcher);
    Thread.ofVirtual().name(name).start(instance::live);
    return instance;
  }

  /** Readies an instance up to its program, which begins when it goes on. */
  static Instance standBy(String name, WorkloadSpec spec, Means means, InstanceWatcher watcher)
      throws IOException, UnusableArtifact {
    Instance instance = new Instance(name, spec, means, watcher);
    boolean ready = false;
    try {
      instance.prepare();
      ready = true;
      return instance;
    } finally {
      if (!ready) {
        instance.clearAway();
      }
    }
  }

  /** Takes on an instance that an earlier provider process started. */
  static Instance adopt(
      InstanceState state, Keeper keeper, WorkloadSpec spec, Means means, InstanceWatcher watcher) {
    Instance instance = new Instance(state.instance(), spec, means, watcher);
    instance.keeper = keeper;
    instance.state = state;
    if (state.ready()) {
      instance.phase = Phase.READY;
      instance.readySince = System.nanoTime();
      means.registrar().publish(instance.endpoint(state));
    }
    return instance;
  }

  /** Goes on with the life of an instance that was adopted or stands by. */
  void goOn() {
    Thread.ofVirtual().name(name).start(this::live);
  }

  /** Ends one that stands by; nobody hears of its program. */
  void discard() {
    kept().abandon();
    stop(Stop.NOW);
    goOn();
  }

  /** Whether one that stands by can still begin. */
  boolean canBegin() {
    return !kept().isOver();
  }

  String name() {
    return name;
  }

  WorkloadSpec spec() {
    return spec;
  }

  Phase phase() {
    return phase;
  }

  boolean isStopping() {
    return stop != Stop.NOT || phase == Phase.STOPPING || phase == Phase.OVER;
  }

  /** Asks the instance to stop; returns at once. */
  synchronized void stop(Stop how) {
    if (how.compareTo(stop) > 0) {
      stop = how;
      nudges.release();
    }
  }

  private void ended() {
    nudges.release();
  }

  /** Waits a while; a request to stop and the instance's end cut it short. */
  private void pause(Duration time) throws InterruptedException {
    if (nudges.tryAcquire(Math.max(1, time.toMillis()), TimeUnit.MILLISECONDS)) {
      nudges.drainPermits();
    }
  }

  private void live() {
    Optional<String> failure;
    try {
      failure = liveToTheEnd();
    } catch (InterruptedException e) {
      failure = Optional.of("the provider was interrupted");
    } catch (PortTaken e) {
      watcher.portTaken(this, e.holder());
      failure = Optional.of("cannot start: " + e.getMessage());
    } catch (IOException | UnusableArtifact e) {
      failure = Optional.of("cannot start: " + e.getMessage());
    } catch (RuntimeException e) {
      log.error("{} met an error of the provider", name, e);
      failure = Optional.of("the provider met an error of its own; see its log");
    }
    if (stop == Stop.LEFT) {
      return;
    }
    Duration wasReady =
        readySince == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - readySince);
    phase = Phase.STOPPING;
    Optional<String> told = stop == Stop.NOT ? failure : Optional.empty();
    try {
      end(told);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("{} could not be ended cleanly", name, e);
    }
    phase = Phase.OVER;
    watcher.over(this, told, wasReady);
  }

  /** Gives why the instance ended by itself, or nothing when it was asked to. */
  private Optional<String> liveToTheEnd()
      throws IOException, UnusableArtifact, InterruptedException {
    Duration headStart = Duration.ZERO;
    if (phase == Phase.STARTING) {
      if (stop != Stop.NOT) {
        return Optional.empty(); // it stood by
      }
      headStart = means.settings().headStart();
      means.starts().acquire();
      try {
        Optional<String> failure = becomeReady();
        if (stop == Stop.NOT) {
          means.metrics().started(failure.isEmpty());
        }
        if (failure.isPresent() || stop != Stop.NOT) {
          return failure;
        }
      } finally {
        means.starts().release();
      }
    } else {
      watchOutput();
    }
    Keeper kept = kept();
    kept.onExit().thenRun(this::ended);
    Duration look = kept.isChild() ? LOOK_AT_CHILD : LOOK;
    LimitWatch limits = new LimitWatch(name, placed().limits(), headStart, means);
    while (!kept.isOver()) {
      if (stop != Stop.NOT) {
        return Optional.empty();
      }
      pause(limits.pause(look));
      limits.look();
    }
    means.metrics().endedByItself();
    return Optional.of(howItEnded());
  }

  private Keeper kept() {
    Keeper kept = keeper;
    if (kept == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return kept;
  }

  private InstanceState placed() {
    InstanceState placed = state;
    if (placed == null) {
      throw new IllegalStateException(name + " has no place");
    }
    return placed;
  }

  /** An instance counts as ready when requests come to it, unless the registry is away. */
  private Optional<String> becomeReady()
      throws IOException, UnusableArtifact, InterruptedException {
    if (stop != Stop.NOT) {
      return Optional.empty();
    }
    long begin = System.nanoTime();
    launch();
    long launched = lap(ColdStart.PREPARE, begin);
    Optional<String> failure = awaitListening(launched);
    if (failure.isPresent() || stop != Stop.NOT) {
      return failure;
    }
    state = placed().nowReady();
    placed().save(directory);
    long ready = System.nanoTime();
    readySince = ready;
    Registrar.await(means.registrar().publish(endpoint(placed())), WRITTEN);
    lap(ColdStart.PUBLISH, ready);
    phase = Phase.READY;
    watcher.changed(this);
    return Optional.empty();
  }

  private long lap(ColdStart done, long since) {
    long now = System.nanoTime();
    means.metrics().phase(done, Duration.ofNanos(now - since));
    return now;
  }

  private void launch() throws IOException, UnusableArtifact {
    try {
      if (keeper == null) {
        prepare();
      }
    } finally {
      if (state != null) {
        watchOutput(); // why it could not start is said there as well
      }
    }
    if (placed().keeper() == null) {
      begin();
    }
  }

  private void prepare() throws IOException, UnusableArtifact {
    Plan plan = InstancePlans.plan(name, directory, spec, means);
    state = InstancePlans.state(name, spec, plan);
    keeper = means.isolation().start(plan);
  }

  /**
   * What a later provider must know is written first: without the word, it has nothing to adopt.
   */
  private void begin() throws IOException {
    state = placed().startedBy(kept().identity());
    placed().save(directory);
    kept().begin();
  }

  private void watchOutput() throws IOException {
    WorkloadKey key = spec.key();
    means
        .output()
        .begin(
            key.namespace(),
            key.name(),
            name,
            directory.resolve(Plan.OUTPUT),
            InstancePlans.secretTexts(spec, means.secrets()));
  }

  private Optional<String> awaitListening(long since) throws IOException, InterruptedException {
    Keeper kept = kept();
    WrongPort wrongPort =
        new WrongPort(placed().placement().port(), () -> ListeningPorts.of(kept), System::nanoTime);
    long up = 0;
    while (System.nanoTime() - since < means.settings().start().toNanos()) {
      if (kept.isOver()) {
        return Optional.of(howItEnded());
      }
      if (stop != Stop.NOT) {
        return Optional.empty();
      }
      if (up == 0 && kept.isUp()) {
        up = lap(ColdStart.LAUNCH, since);
      }
      if (up != 0 && means.readiness().of(placed())) {
        lap(ColdStart.LISTEN, up);
        return Optional.empty();
      }
      wrongPort.look().ifPresent(why -> watcher.unready(this, why));
      pause(READY_LOOKS.after(Duration.ofNanos(System.nanoTime() - since)));
    }
    return Optional.of(
        Words.notReady(placed(), means.settings().start(), ListeningPorts.of(kept)) + lastLines());
  }

  private Endpoint endpoint(InstanceState at) {
    return new Endpoint(
        at.namespace(),
        at.workload(),
        name,
        at.placement().host(),
        at.placement().port(),
        at.speaksHttp2() ? "h2c" : "http1");
  }

  private String howItEnded() {
    endedWith = kept().exitCode();
    Optional<String> limit = means.isolation().limitMet(name, placed().limits());
    String how =
        kept().isUp()
            ? limit.orElseGet(() -> Words.ended(endedWith))
            : "cannot start: " + kept().complaints();
    boolean refused = means.isolation().strain(name).refused() > 0;
    return how + (refused ? "; " + placed().limits().processesMet() : "") + lastLines();
  }

  private String lastLines() {
    return means.output().lastWords(name);
  }

  private void keepPostMortem(String why) {
    Keeper kept = keeper;
    InstanceState had = state;
    if (kept != null && had != null) {
      try {
        PostMortem.keep(had, spec, kept, endedWith, why, means);
      } catch (RuntimeException e) {
        log.error("what {} ended by cannot be kept", name, e); // the rest of its end goes on
      }
    }
  }

  private void end(Optional<String> failure) throws InterruptedException {
    Keeper kept = keeper;
    boolean published = readySince != 0;
    CompletableFuture<Long> gone =
        published ? means.registrar().withdraw(name) : CompletableFuture.completedFuture(0L);
    if (kept != null) {
      if (stop == Stop.DRAINED && published && !kept.isOver()) {
        drain(kept, gone);
      } else if (published) {
        Registrar.await(gone, WRITTEN);
      }
      endProcesses(kept);
    }
    failure.ifPresent(this::keepPostMortem);
    failure.ifPresent(why -> means.output().say(name, why.lines().findFirst().orElse(why)));
    clearAway();
  }

  private void clearAway() {
    InstanceState had = state;
    if (had != null) {
      means.output().end(had.namespace(), had.workload(), name);
      means.isolation().clear(name, had.function(), had.placement());
    }
    try {
      Trees.delete(directory);
    } catch (IOException e) {
      log.warn("the folder of {} stays behind: {}", name, e.toString());
    }
  }

  /** Waits until no router sends a request here any more, or the drain time is over. */
  private void drain(Keeper kept, CompletableFuture<Long> gone) throws InterruptedException {
    long begin = System.nanoTime();
    long patience = means.settings().drain().toNanos();
    Optional<Long> number = Registrar.await(gone, means.settings().drain());
    Duration look = FIRST_TRY;
    while (System.nanoTime() - begin < patience && stop == Stop.DRAINED && !kept.isOver()) {
      if (number.isPresent() && means.routers().letGo(endpoint(placed()), number.get())) {
        return;
      }
      pause(look);
      look = look.compareTo(LOOK) < 0 ? look.multipliedBy(2) : LOOK;
    }
  }

  private void endProcesses(Keeper kept) throws InterruptedException {
    if (!kept.isOver()) {
      means.isolation().terminate(kept);
      awaitOver(kept, means.settings().end());
    }
    if (!kept.isOver()) {
      means.isolation().kill(kept);
      awaitOver(kept, KILLED);
    }
  }

  private void awaitOver(Keeper kept, Duration patience) throws InterruptedException {
    long begin = System.nanoTime();
    Duration look = FIRST_TRY;
    while (!kept.isOver() && System.nanoTime() - begin < patience.toNanos()) {
      pause(look);
      look = look.compareTo(LOOK) < 0 ? look.multipliedBy(2) : LOOK;
    }
  }

  @Override
  public String toString() {
    return name + " (" + phase + ")";
  }
}
