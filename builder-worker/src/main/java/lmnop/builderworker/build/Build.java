package lmnop.builderworker.build;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import lmnop.builderworker.controlplane.ControlPlane;
import lmnop.tasks.TaskClaimer;

/** A build that runs: what the stages have in common. */
final class Build implements AutoCloseable {
  private final BuildOrder order;
  private final ControlPlane.Session controlPlane;
  private final TaskClaimer.Lease lease;
  private final BuildLog log;
  private final Workspace workspace;
  private final List<FunctionBuild> functions = new ArrayList<>();
  private final EnumMap<TemplatePart, Duration> parts = new EnumMap<>(TemplatePart.class);

  Build(
      BuildOrder order,
      ControlPlane.Session controlPlane,
      TaskClaimer.Lease lease,
      BuildLog log,
      Workspace workspace) {
    this.order = order;
    this.controlPlane = controlPlane;
    this.lease = lease;
    this.log = log;
    this.workspace = workspace;
    for (BuildOrder.FunctionOrder function : order.functions()) {
      functions.add(new FunctionBuild(function));
    }
  }

  BuildOrder order() {
    return order;
  }

  ControlPlane.Session controlPlane() {
    return controlPlane;
  }

  BuildLog log() {
    return log;
  }

  Workspace workspace() {
    return workspace;
  }

  List<FunctionBuild> functions() {
    return functions;
  }

  /** Throws if somebody else holds the task now. */
  void checkLease() {
    log.check();
    lease.check();
  }

  /** How long the parts of the stage TEMPLATE took so far, those of all functions together. */
  EnumMap<TemplatePart, Duration> parts() {
    return parts;
  }

  /** Adds what a part took that began at a moment of {@link System#nanoTime}. */
  void took(TemplatePart part, long began) {
    parts.merge(part, Duration.ofNanos(System.nanoTime() - began), Duration::plus);
  }

  /** What a line begins with, so that one knows which function it is about. */
  String about(FunctionBuild function) {
    return functions.size() == 1 ? "" : function.order().name() + ": ";
  }

  /** Adds a line about a function. */
  void say(Stage stage, FunctionBuild function, String text) {
    log.say(stage, about(function) + text);
  }

  @Override
  public void close() {
    functions.forEach(FunctionBuild::close);
  }
}
