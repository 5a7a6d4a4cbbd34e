package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.builderworker.artifact.ArtifactStore;
import lmnop.builderworker.controlplane.ControlPlane;
import lmnop.builderworker.image.ImageBuildSettings;
import lmnop.builderworker.image.ImageTargets;
import lmnop.builderworker.image.TemplateImages;
import lmnop.builderworker.registries.Registries;
import lmnop.builderworker.sandbox.Sandbox;
import lmnop.builderworker.template.Templates;
import lmnop.tasks.LeaseLost;
import lmnop.tasks.Task;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Works on build tasks: runs the stages in order and turns how it ended into the task's result. */
public final class Builds implements TaskClaimer.Worker {
  private static final Logger log = LoggerFactory.getLogger(Builds.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /**
   * What builds need.
   *
   * @param workspaces a directory of this worker's own; what is in it at the start goes
   * @param freeDisk bytes of its disk; with less no build begins
   */
  public record Parts(
      Path workspaces,
      long freeDisk,
      StageLimits stageLimits,
      StepLimits limits,
      ControlPlane controlPlane,
      Sandbox sandbox,
      Registries registries,
      Templates templates,
      Dependencies dependencies,
      ArtifactStore store,
      ImageBuildSettings imageSettings,
      ImageTargets targets,
      TemplateImages images,
      BuildMetrics metrics) {}

  private final Parts parts;
  private final EnumMap<Stage, StageWork> stages = new EnumMap<>(Stage.class);
  private final Map<Long, Thread> running = new ConcurrentHashMap<>();

  /** Prepares the stages; what an earlier life of this worker left in its workspaces is removed. */
  public Builds(Parts parts) throws IOException {
    this.parts = parts;
    parts.sandbox().remove(parts.workspaces());
    Files.createDirectories(parts.workspaces());
    Steps steps = new Steps(parts.sandbox(), parts.registries(), parts.limits());
    DependencyStep dependencyStep =
        new DependencyStep(
            parts.dependencies(), parts.sandbox(), steps, parts.metrics()::dependencies);
    ImageBuildSettings images = parts.imageSettings();
    Buildah buildah =
        new Buildah(parts.sandbox(), steps, images.registries().plainHttp(), images.mirrors());
    CodeLayer code = new CodeLayer(parts.sandbox());
    stages.put(Stage.CHECKOUT, new Checkout());
    stages.put(
        Stage.TEMPLATE, new TemplateStage(parts.templates(), dependencyStep, steps, code, buildah));
    stages.put(
        Stage.ARTIFACT,
        new ArtifactStage(
            new BundleMaker(parts.store()),
            new ImageMaker(parts.images(), parts.targets()),
            new DockerfileMaker(parts.targets())));
  }

  @Override
  public TaskOutcome work(Task task, TaskClaimer.Lease lease) throws InterruptedException {
    Thread thread = Thread.currentThread();
    running.put(task.id(), thread);
    Position position = new Position();
    try {
      return build(task, lease, thread, position);
    } catch (BuildFailure e) {
      log.info("{} failed at {}: {}", task, position.stage, e.text());
      parts.metrics().ended(e.fault().text());
      return new TaskOutcome.Failed(BuildResult.failed(position.stage, e.fault(), e.text()));
    } catch (IOException e) {
      if (Thread.interrupted()) { // an interrupt also closes files that are being written
        throw new InterruptedException();
      }
      return again(task, position, e);
    } catch (LeaseLost | InterruptedException e) {
      log.info("{} stops at {}: {}", task, position.stage, e.toString());
      parts.metrics().ended("stopped");
      throw e;
    } catch (RuntimeException e) {
      return again(task, position, e);
    } finally {
      running.remove(task.id());
    }
  }

  private TaskOutcome again(Task task, Position position, Exception e) {
    log.warn("{} met trouble at {}", task, position.stage, e);
    parts.metrics().ended("retry");
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    String message = "the platform could not finish the build: " + reason + "; push again later";
    return new TaskOutcome.Again(
        RETRY, BuildResult.failed(position.stage, Fault.PLATFORM, message));
  }

  /** Stops the work on a task that ended elsewhere, for instance because it was cancelled. */
  public void ended(long taskId) {
    Thread thread = running.get(taskId);
    if (thread != null) {
      thread.interrupt();
    }
  }

  private TaskOutcome build(Task task, TaskClaimer.Lease lease, Thread thread, Position position)
      throws BuildFailure, IOException, InterruptedException {
    BuildOrder order = order(task);
    ControlPlane.Session session = parts.controlPlane().session(task);
    try (Workspace workspace = Workspace.in(parts.sandbox(), parts.workspaces(), order.buildId());
        BuildLog buildLog =
            new BuildLog(
                session, order.buildId(), parts.registries().passwords(), thread::interrupt);
        Build build = new Build(order, session, lease, buildLog, workspace)) {
      try {
        checkDisk(buildLog);
        EnumMap<Stage, Duration> times = runStages(build, position);
        parts.metrics().ended("done");
        return new TaskOutcome.Done(BuildResult.done(built(build), times, build.parts()));
      } catch (InterruptedException e) {
        buildLog.check(); // the interrupt may be the log's
        throw e;
      }
    }
  }

  private BuildOrder order(Task task) throws BuildFailure {
    try {
      BuildOrder order = BuildOrder.read(task.payload());
      if (parts.sandbox().refusal().isPresent()) {
        throw BuildFailure.platform(parts.sandbox().refusal().get());
      }
      return order;
    } catch (RuntimeException e) {
      throw BuildFailure.platform("the build task cannot be read: " + e.getMessage());
    }
  }

  private EnumMap<Stage, Duration> runStages(Build build, Position position)
      throws BuildFailure, IOException, InterruptedException {
    EnumMap<Stage, Duration> times = new EnumMap<>(Stage.class);
    for (Map.Entry<Stage, StageWork> stage : stages.entrySet()) {
      build.checkLease();
      position.stage = stage.getKey();
      long begin = System.nanoTime();
      runInTime(build, stage.getKey(), stage.getValue());
      Duration time = Duration.ofNanos(System.nanoTime() - begin);
      times.put(stage.getKey(), time);
      parts.metrics().stage(stage.getKey(), time);
    }
    return times;
  }

  /** A stage that takes too long fails for good, whatever it was at. */
  private void runInTime(Build build, Stage stage, StageWork work)
      throws BuildFailure, IOException, InterruptedException {
    Duration limit = parts.stageLimits().of(stage);
    try (StageClock clock = new StageClock(limit)) {
      try {
        work.run(build);
      } catch (IOException | InterruptedException e) {
        if (!clock.end()) {
          throw e;
        }
      }
      if (clock.end()) {
        Thread.interrupted(); // which was the clock's
        build.checkLease();
        throw tooSlow(stage, limit);
      }
    }
  }

  private static BuildFailure tooSlow(Stage stage, Duration limit) {
    String words =
        "it took longer than %s, the time of this stage here, and was ended; "
            .formatted(Times.text(limit));
    return stage == Stage.TEMPLATE
        ? BuildFailure.user(words + "make its steps shorter and push again")
        : BuildFailure.platform(words + "push again later");
  }

  private void checkDisk(BuildLog buildLog) throws IOException {
    long free = Files.getFileStore(parts.workspaces()).getUsableSpace();
    if (free < parts.freeDisk()) {
      String words =
          "this builder has %s of its disk free and begins no build with less than %s"
              .formatted(Sizes.text(free), Sizes.text(parts.freeDisk()));
      buildLog.say(Stage.CHECKOUT, words);
      throw new IOException(words);
    }
  }

  private static List<BuildResult.Built> built(Build build) {
    return build.functions().stream()
        .map(function -> BuildResult.Built.of(function.order().functionId(), function.artifact()))
        .toList();
  }

  /** Which stage a build is at, also for whoever catches its failure. */
  private static final class Position {
    private Stage stage = Stage.CHECKOUT;
  }
}
