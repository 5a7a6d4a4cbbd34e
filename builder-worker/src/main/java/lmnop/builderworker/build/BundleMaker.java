package lmnop.builderworker.build;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import lmnop.builderworker.artifact.ArtifactStore;
import lmnop.builderworker.artifact.DependencyCache;
import lmnop.builderworker.artifact.Layer;
import lmnop.builderworker.artifact.Manifest;

/** Packs the layers into a bundle in the artifact store. */
final class BundleMaker implements ArtifactMaker {
  private final ArtifactStore store;

  BundleMaker(ArtifactStore store) {
    this.store = store;
  }

  @Override
  public Artifact make(Build build, FunctionBuild function)
      throws BuildFailure, IOException, InterruptedException {
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
            Starts.of(function, layers.size() > 1));
    build.checkLease();
    ArtifactStore.Stored stored = store.store(manifest, layers);
    return new Artifact(stored.reference(), stored.bytes());
  }
}
