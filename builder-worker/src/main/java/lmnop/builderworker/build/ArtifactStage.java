package lmnop.builderworker.build;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.builderworker.artifact.ArtifactStore;
import lmnop.builderworker.artifact.DependencyCache;
import lmnop.builderworker.artifact.Layer;
import lmnop.builderworker.artifact.Manifest;
import lmnop.builderworker.template.Template;

/** {@link Stage#ARTIFACT}: the layers become a bundle in the artifact store. */
final class ArtifactStage implements StageWork {
  private static final String DEPENDENCIES = "${dependencies}";

  private final ArtifactStore store;

  ArtifactStage(ArtifactStore store) {
    this.store = store;
  }

  @Override
  public void run(Build build) throws BuildFailure, IOException, InterruptedException {
    for (FunctionBuild function : build.functions()) {
      build.checkLease();
      LayerCheck.links(function.code(), "the code");
      List<Layer> layers = new ArrayList<>();
      DependencyCache.Held dependencies = function.dependencies();
      if (dependencies != null) {
        dependencies.layer().ifPresent(layers::add);
      }
      layers.add(
          Layer.pack(
              "code",
              function.code(),
              build.workspace().packedCodeOf(function.order().functionId())));
      Manifest manifest =
          Manifest.of(
              function.order().template(),
              function.template().digest(),
              layers,
              start(function, layers.size() > 1));
      build.checkLease();
      ArtifactStore.Stored stored = store.store(manifest, layers);
      function.stored(stored);
      build.say(Stage.ARTIFACT, function, stored.reference() + ", " + Sizes.text(stored.bytes()));
    }
  }

  /** How instances start; what names the dependencies is left out where there are none. */
  private static Manifest.Start start(FunctionBuild function, boolean hasDependencies)
      throws IOException {
    Template.Run run = function.template().template().run();
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
