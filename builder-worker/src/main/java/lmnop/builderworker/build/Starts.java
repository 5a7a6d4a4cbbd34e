package lmnop.builderworker.build;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.builderworker.artifact.Manifest;
import lmnop.templates.Template;

/** How instances of a function start. */
final class Starts {
  private static final String DEPENDENCIES = "${dependencies}";

  private Starts() {}

  /** As its template says; what names the dependencies is left out where there are none. */
  static Manifest.Start of(FunctionBuild function, boolean hasDependencies) throws IOException {
    Template.Run run = function.template().template().requireRun();
    Map<String, String> environment = new TreeMap<>(run.environment());
    List<String> path = new ArrayList<>(run.path());
    if (!hasDependencies) {
      environment.values().removeIf(value -> value.contains(DEPENDENCIES));
      path.removeIf(directory -> directory.contains(DEPENDENCIES));
    }
    boolean portFixed =
        switch (run.portFixed()) {
          case NEVER -> false;
          case ALWAYS -> true;
          case UNLESS_NAMED -> !LayerCheck.namesPort(function.code());
        };
    return new Manifest.Start(
        run.command(),
        run.workingDirectory(),
        environment,
        path,
        run.port(),
        portFixed,
        run.health());
  }
}
