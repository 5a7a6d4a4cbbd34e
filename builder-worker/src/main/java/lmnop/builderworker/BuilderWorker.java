package lmnop.builderworker;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import lmnop.builderworker.artifact.ArtifactStore;
import lmnop.builderworker.artifact.DependencyCache;
import lmnop.builderworker.build.BuildMetrics;
import lmnop.builderworker.build.Builds;
import lmnop.builderworker.build.Dependencies;
import lmnop.builderworker.build.Downloads;
import lmnop.builderworker.build.StageLimits;
import lmnop.builderworker.build.StepLimits;
import lmnop.builderworker.controlplane.ControlPlane;
import lmnop.builderworker.image.ImageTargets;
import lmnop.builderworker.image.TemplateImages;
import lmnop.builderworker.registries.Registries;
import lmnop.builderworker.sandbox.Sandbox;
import lmnop.builderworker.template.Templates;
import lmnop.images.ImageManifest;
import lmnop.images.Registry;
import lmnop.operations.database.Database;
import lmnop.operations.database.Notices;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.management.Checks;
import lmnop.operations.management.Checks.Finding;
import lmnop.operations.management.JvmGauges;
import lmnop.operations.management.ManagementServer;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a builder worker is made of. */
public final class BuilderWorker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BuilderWorker.class);
  private static final String KIND = "build";
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration CONTROL_PLANE_AWAY = Duration.ofSeconds(30);

  /** What the machine's package managers are told; steps see the same files. */
  private static final List<Path> PIP =
      List.of(Path.of("/etc/pip.conf"), Path.of("/etc/xdg/pip/pip.conf"));

  private static final long MEGABYTE = 1 << 20;
  private static final long LARGEST_FILE = 4L << 30; // bytes; no honest file of a layer is larger

  /** A worker that cannot start here; the message says what to do. */
  public static final class CannotStart extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CannotStart(String message) {
      super(message);
    }
  }

  private final Parts parts;

  private BuilderWorker(Parts parts) {
    this.parts = parts;
  }

  /** Starts every part; if one cannot start, those before it stop again. */
  public static BuilderWorker start(WorkerSettings settings) {
    Parts parts = new Parts("builder-worker");
    try {
      assemble(parts, settings);
      return new BuilderWorker(parts);
    } catch (IOException e) {
      parts.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  private static void assemble(Parts parts, WorkerSettings settings) throws IOException {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    parts.add("jvm gauges", JvmGauges.bind(metrics));
    Path work = settings.work().toAbsolutePath();
    parts.add("work directory", WorkDirectory.take(work));
    Sandbox sandbox =
        parts.add("sandbox", Sandbox.detect(work.resolve("sandbox"), settings.trustBuilds()));
    log.info("builds run in: {}", sandbox.refusal().orElse(sandbox.description()));
    ControlPlane controlPlane =
        parts.add("control plane", new ControlPlane(settings.controlPlane(), CONTROL_PLANE_AWAY));
    Registry registry = parts.add("image registries", new Registry(settings.images().registries()));
    Builds builds = builds(settings, work, sandbox, controlPlane, registry, metrics);
    Database database = parts.add("database", new Database(settings.database()));
    database.show(metrics);
    TaskClaimer claimer =
        parts.add(
            "claimer",
            TaskClaimer.start(
                new TaskQueue(database, settings.concurrencyPerOwner()),
                List.of(KIND),
                settings.id(),
                LEASE,
                settings.concurrency(),
                builds));
    TaskNotices listener = new TaskNotices(claimer, builds);
    parts.add(
        "notices",
        Notices.listen(database, List.of(TaskQueue.SUBMITTED, TaskQueue.ENDED), listener));
    Gauge.builder("lmnop_builds_running", claimer, TaskClaimer::running).register(metrics);
    ManagementServer management =
        parts.add(
            "management",
            ManagementServer.start(settings.management(), metrics, listener::isConnected));
    management.page("/health", checks(settings, listener, claimer, sandbox, work)::page);
  }

  /** What an operator asks in detail: what it needs, and what it does. */
  private static Checks checks(
      WorkerSettings settings,
      TaskNotices listener,
      TaskClaimer claimer,
      Sandbox sandbox,
      Path work) {
    return new Checks()
        .add(
            "queue",
            () ->
                listener.isConnected()
                    ? Finding.ok("notices of the database arrive")
                    : Finding.notOk("the database does not answer: nothing new is built"))
        .add(
            "disk",
            () -> {
              long free = Files.getFileStore(work).getUsableSpace();
              String words = "%d MB are free".formatted(free / MEGABYTE);
              return free >= settings.freeDisk().toBytes()
                  ? Finding.ok(words)
                  : Finding.notOk(words + ": no build begins");
            })
        .add("sandbox", () -> Finding.ok(sandbox.refusal().orElse(sandbox.description())))
        .add(
            "builds",
            () ->
                Finding.ok(
                    "%d of %d places are taken"
                        .formatted(claimer.running(), settings.concurrency())));
  }

  private static Builds builds(
      WorkerSettings settings,
      Path work,
      Sandbox sandbox,
      ControlPlane controlPlane,
      Registry registry,
      PrometheusMeterRegistry metrics)
      throws IOException {
    StepLimits limits =
        new StepLimits(
            settings.stepTimeout(),
            settings.stepMemory().toBytes(),
            settings.stepProcesses(),
            LARGEST_FILE,
            settings.stepDisk().toBytes(),
            settings.stepOutput().toBytes());
    DependencyCache layers =
        new DependencyCache(
            work.resolve("dependencies"), settings.dependencyCache().toBytes(), Clock.systemUTC());
    Downloads downloads =
        new Downloads(
            work.resolve("downloads"), settings.downloadCache().toBytes(), Clock.systemUTC());
    ArtifactStore store = new ArtifactStore(settings.artifacts().toAbsolutePath(), settings.id());
    String processor = System.getProperty("os.arch"); // house-rule exception: which machine this is
    return new Builds(
        new Builds.Parts(
            work.resolve("builds"),
            settings.freeDisk().toBytes(),
            new StageLimits(
                settings.checkoutTimeout(), settings.templateTimeout(), settings.artifactTimeout()),
            limits,
            controlPlane,
            sandbox,
            registries(settings, work),
            new Templates(work.resolve("templates")),
            new Dependencies(layers, downloads),
            store,
            settings.images(),
            new ImageTargets(store, registry, settings.images()),
            new TemplateImages(registry, settings.images(), ImageManifest.architecture(processor)),
            new BuildMetrics(metrics)));
  }

  private static Registries registries(WorkerSettings settings, Path work) throws IOException {
    return Registries.open(
        work.resolve("registries"),
        new Registries.Choice(
            Stream.concat(settings.registries().stream(), settings.images().mirrorHosts().stream())
                .toList(),
            settings.templateRegistries(),
            settings.dependencyEnvironment(),
            PIP,
            settings.registryTraffic().toBytes()));
  }

  /** Waits until the process is asked to end. */
  public void runUntilStopped() throws InterruptedException {
    parts.runUntilStopped();
  }

  @Override
  public void close() {
    parts.close();
  }

  /** Hands notices of the queue to those whom they concern. */
  private static final class TaskNotices implements Notices.Listener {
    private final TaskClaimer claimer;
    private final Builds builds;
    private final AtomicBoolean connected = new AtomicBoolean();

    TaskNotices(TaskClaimer claimer, Builds builds) {
      this.claimer = claimer;
      this.builds = builds;
    }

    boolean isConnected() {
      return connected.get();
    }

    @Override
    public void connected() {
      connected.set(true);
      claimer.nudge();
    }

    @Override
    public void disconnected() {
      connected.set(false);
    }

    @Override
    public void notice(String channel, String payload) {
      if (channel.equals(TaskQueue.SUBMITTED)) {
        claimer.nudge();
      } else if (payload.startsWith(KIND + " ")) {
        builds.ended(Long.parseLong(payload.substring(KIND.length() + 1)));
      }
    }
  }
}
