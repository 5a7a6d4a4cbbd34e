package lmnop.builderworker.build;

import java.io.IOException;

/**
 * {@link Stage#ARTIFACT}: what is there becomes a bundle or an image, and goes where it belongs.
 */
final class ArtifactStage implements StageWork {
  private final ArtifactMaker bundles;
  private final ArtifactMaker images;

  ArtifactStage(ArtifactMaker bundles, ArtifactMaker images) {
    this.bundles = bundles;
    this.images = images;
  }

  @Override
  public void run(Build build) throws BuildFailure, IOException, InterruptedException {
    for (FunctionBuild function : build.functions()) {
      build.checkLease();
      ArtifactMaker maker = function.order().wantsImage() ? images : bundles;
      Artifact artifact = maker.make(build, function);
      function.artifact(artifact);
      build.say(
          Stage.ARTIFACT, function, artifact.reference() + ", " + Sizes.text(artifact.bytes()));
    }
  }
}
