package lmnop.builderworker.build;

import java.io.IOException;

/**
 * {@link Stage#ARTIFACT}: what is there becomes a bundle or an image, and goes where it belongs.
 */
final class ArtifactStage implements StageWork {
  private final ArtifactMaker bundles;
  private final ArtifactMaker images;
  private final ArtifactMaker dockerfiles;

  ArtifactStage(ArtifactMaker bundles, ArtifactMaker images, ArtifactMaker dockerfiles) {
    this.bundles = bundles;
    this.images = images;
    this.dockerfiles = dockerfiles;
  }

  @Override
  public void run(Build build) throws BuildFailure, IOException, InterruptedException {
    for (FunctionBuild function : build.functions()) {
      build.checkLease();
      Artifact artifact = maker(function).make(build, function);
      function.artifact(artifact);
      build.say(
          Stage.ARTIFACT, function, artifact.reference() + ", " + Sizes.text(artifact.bytes()));
    }
  }

  private ArtifactMaker maker(FunctionBuild function) {
    if (function.template().template().image() != null) {
      return dockerfiles;
    }
    return function.order().wantsImage() ? images : bundles;
  }
}
