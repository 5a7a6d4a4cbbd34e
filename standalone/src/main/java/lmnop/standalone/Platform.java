package lmnop.standalone;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import lmnop.standalone.apps.App;
import lmnop.standalone.apps.AppSettings;
import lmnop.standalone.apps.Credentials;
import lmnop.standalone.apps.Health;
import lmnop.standalone.apps.Jvm;
import lmnop.standalone.apps.StartupCache;
import lmnop.standalone.apps.Urls;
import lmnop.standalone.checks.Preconditions;
import lmnop.standalone.data.DirectoryLock;
import lmnop.standalone.data.Options;
import lmnop.standalone.machine.Programs;
import lmnop.standalone.postgresql.Postgresql;
import lmnop.standalone.processes.Leftovers;
import lmnop.standalone.processes.Spawner;
import lmnop.standalone.processes.Supervised;
import lmnop.standalone.processes.Waiting;
import lmnop.standalone.terminal.Progress;
import lmnop.standalone.terminal.Terminal;
import lmnop.standalone.terminal.Terminal.Tone;
import org.jspecify.annotations.Nullable;

/**
 * What runs, in the order in which it starts: the lock on the data directory, PostgreSQL, then the
 * four apps at once. It stops in an order that loses no request: the router first, which finishes
 * what it has, then the others, PostgreSQL last.
 */
final class Platform {
  private static final Duration LONGEST_START = Duration.ofMinutes(2);
  private static final Duration ROUTER_GRACE = Duration.ofSeconds(5);
  private static final Duration APP_GRACE = Duration.ofSeconds(3);

  /**
   * Longer than it waits for its instances: those that it took over from a provider that crashed
   * are no descendants of it, so that nobody else would end them.
   */
  private static final Duration PROVIDER_GRACE = Duration.ofSeconds(20);

  private static final Duration LONGEST_MAKING = Duration.ofMinutes(10);
  private static final String PORTAL = "portal"; // at the router
  private static final int TOO_MANY_EXITS = 4; // before it was ready once

  private final Options options;
  private final Terminal terminal;
  private final Credentials credentials;
  private final Spawner spawner;
  private final AtomicBoolean showing;
  private final Map<App, Supervised> apps = new EnumMap<>(App.class);
  private final Map<App, StartupCache> caches = new EnumMap<>(App.class);
  private final Map<App, AppOutput> outputs = new EnumMap<>(App.class);
  private @Nullable DirectoryLock lock;
  private @Nullable Postgresql postgresql;
  private boolean stopped;

  Platform(Options options, Terminal terminal) {
    this.options = options;
    this.terminal = terminal;
    this.credentials = new Credentials(options.data().credentials(), new SecureRandom());
    this.spawner = new Spawner(Programs.ofThisMachine());
    this.showing = new AtomicBoolean(options.verbose());
  }

  /** Starts everything and returns when every part is ready. */
  void start() throws IOException, StartFailed, InterruptedException {
    Progress progress = new Progress(terminal, System::nanoTime);
    takeDirectory();
    for (App app : App.values()) {
      if (!java.nio.file.Files.exists(app.jar(options.home()))) {
        throw new StartFailed("%s is not built: run ./lmnop build.".formatted(app.module()));
      }
    }
    clearUp();
    credentials.createMissing();
    progress.starting("postgresql");
    startPostgresql();
    progress.ready("postgresql");
    for (App app : App.values()) {
      progress.starting(app.module());
      startApp(app);
    }
    awaitApps(progress);
  }

  private void takeDirectory() throws IOException, StartFailed {
    options.data().create();
    Optional<DirectoryLock> taken =
        DirectoryLock.take(options.data().lock(), new Urls(options.ports()).portal());
    if (taken.isEmpty()) {
      throw new StartFailed(
          Preconditions.alreadyRunning(options.data())
              .orElse("Another lmnop has just started on this data directory."));
    }
    lock = taken.get();
  }

  /** Ends what a killed platform left on this directory, and refuses ports that others hold. */
  private void clearUp() throws IOException, StartFailed {
    int ended =
        Leftovers.end(
            Arrays.stream(App.values()).map(app -> AppSettings.file(options.data(), app)).toList());
    if (ended > 0) {
      terminal.line("  cleared up after an earlier start; processes ended: " + ended);
    }
    Postgresql.endSurvivor(options.data().postgresql(), Programs.ofThisMachine());
    List<String> taken = Preconditions.portsTaken(options);
    if (!taken.isEmpty()) {
      throw new StartFailed(taken.getFirst());
    }
  }

  private void startPostgresql() throws IOException, StartFailed {
    AppOutput output = output("postgresql", Tone.FAINT);
    int port = options.ports().postgresql();
    try {
      Postgresql started =
          Postgresql.start(
              options.data().postgresql(),
              port,
              credentials.databaseSuperuser(),
              spawner,
              Programs.ofThisMachine(),
              output);
      synchronized (this) {
        postgresql = started;
      }
      started.ensureRoles(
          port,
          credentials.databaseSuperuser(),
          credentials.databaseOwner().read(),
          credentials.databaseRoles());
    } catch (IOException e) {
      output.showLast();
      throw new StartFailed(e.getMessage() + "; its log is " + output.file() + ".");
    }
  }

  private synchronized void startApp(App app) throws IOException {
    if (stopped) {
      return;
    }
    Map<String, String> environment = System.getenv(); // house-rule exception: proxies, registries
    new AppSettings(options, credentials, environment).write(app);
    AppOutput output = output(app.module(), tone(app));
    StartupCache cache =
        new StartupCache(app, app.jar(options.home()), options.data().startupCaches());
    outputs.put(app, output);
    caches.put(app, cache);
    apps.put(
        app,
        Supervised.start(
            app.module(),
            () ->
                spawner.start(
                    command(app, cache), options.data().root(), Spawner.FarewellSignal.TERM),
            ProcessHandle::destroy,
            output));
  }

  private List<String> command(App app, StartupCache cache) {
    List<String> command = new ArrayList<>();
    command.add(Jvm.program("java").toString());
    command.addAll(app.flags());
    command.addAll(cache.flags());
    command.addAll(List.of("-jar", app.jar(options.home()).toString()));
    command.addAll(List.of("--config", AppSettings.file(options.data(), app).toString()));
    return command;
  }

  private AppOutput output(String part, Tone tone) throws IOException {
    return new AppOutput(options.data().logs(), part, tone, terminal, showing);
  }

  private static Tone tone(App app) {
    return switch (app) {
      case CONTROL_PLANE -> Tone.FIRST;
      case PROVIDER -> Tone.SECOND;
      case BUILDER_WORKER -> Tone.THIRD;
      case ROUTER -> Tone.FOURTH;
    };
  }

  private void awaitApps(Progress progress) throws StartFailed, InterruptedException {
    List<Thread> looking = new ArrayList<>();
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Consumer<String> isReady =
        part -> {
          seen.add(part);
          progress.ready(part);
        };
    for (App app : App.values()) {
      looking.add(await(isReady, app.module(), () -> ready(app), () -> hopeless(app)));
    }
    progress.starting(PORTAL);
    looking.add(
        await(
            isReady,
            PORTAL,
            () -> Health.portalAnswers(options.ports()),
            () -> hopeless(App.ROUTER) || hopeless(App.CONTROL_PLANE)));
    while (looking.stream().anyMatch(Thread::isAlive)) {
      progress.tick();
      for (Thread thread : looking) {
        thread.join(Duration.ofMillis(50));
      }
    }
    for (App app : App.values()) {
      if (!seen.contains(app.module())) {
        throw failed(app);
      }
    }
    if (!seen.contains(PORTAL)) {
      throw failed(App.ROUTER);
    }
  }

  /**
   * Looks for a part to be ready until it is, or there is no hope that it will be. Once is enough:
   * a busy machine may miss the next look, and what ends later is started again.
   */
  private static Thread await(
      Consumer<String> isReady, String part, BooleanSupplier ready, BooleanSupplier hopeless) {
    return Thread.ofVirtual()
        .start(() -> {
          if (Waiting.until(() -> ready.getAsBoolean() || hopeless.getAsBoolean(), LONGEST_START)
              && !hopeless.getAsBoolean()) {
            isReady.accept(part);
          }
        });
  }

  private StartFailed failed(App app) {
    AppOutput output = outputs.get(app);
    if (output == null) {
      return new StartFailed(app.module() + " was stopped before it was ready.");
    }
    output.showLast();
    return new StartFailed(
        "%s does not start; its last lines are above and its whole log is %s."
            .formatted(app.module(), output.file()));
  }

  private boolean ready(App app) {
    Supervised process = apps.get(app);
    return process != null
        && process.current().isPresent()
        && Health.isReady(app.managementPort(options.ports()));
  }

  private synchronized boolean hopeless(App app) {
    Supervised process = apps.get(app);
    return stopped || process == null || process.exits() >= TOO_MANY_EXITS;
  }

  /** From now on every line of every app is shown. */
  void showOutput() {
    showing.set(true);
  }

  /** Whether the next start will find all start-up caches. */
  boolean hasStartupCaches() {
    return caches.values().stream().allMatch(StartupCache::made);
  }

  /**
   * Makes the start-up caches that are missing.
   *
   * @param together how many at once
   */
  void makeStartupCaches(int together) throws InterruptedException {
    try (ExecutorService makers = Executors.newFixedThreadPool(together)) {
      caches.forEach((app, cache) -> makers.submit(() -> make(app, cache)));
      makers.shutdown();
      if (!makers.awaitTermination(LONGEST_MAKING.toSeconds(), TimeUnit.SECONDS)) {
        makers.shutdownNow();
      }
    }
  }

  private boolean make(App app, StartupCache cache) throws InterruptedException {
    Supervised process = apps.get(app);
    return process != null
        && process.current().isPresent()
        && cache.make(process.current().get().pid());
  }

  Credentials credentials() {
    return credentials;
  }

  /** Stops everything that runs; once. */
  synchronized void stop() throws IOException {
    if (stopped) {
      return;
    }
    stopped = true;
    stop(Map.of(App.ROUTER, ROUTER_GRACE));
    stop(
        Map.of(
            App.CONTROL_PLANE,
            APP_GRACE,
            App.BUILDER_WORKER,
            APP_GRACE,
            App.PROVIDER,
            PROVIDER_GRACE));
    if (postgresql != null) {
      postgresql.close();
    }
    spawner.close();
    for (AppOutput output : outputs.values()) {
      output.close();
    }
    if (lock != null) {
      lock.close();
    }
  }

  private void stop(Map<App, Duration> graces) {
    List<Thread> stopping = new ArrayList<>();
    graces.forEach((app, grace) -> {
      Supervised process = apps.get(app);
      if (process != null) {
        stopping.add(Thread.ofPlatform().start(() -> process.stop(grace)));
      }
    });
    for (Thread thread : stopping) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
