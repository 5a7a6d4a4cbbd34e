package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lmnop.builderworker.image.ImageTargets;
import lmnop.builderworker.image.Layout;
import lmnop.images.UnusableImage;

/**
 * Puts the image that a Dockerfile became where engines find it: in the artifact store, or in the
 * operator's registry where the provider takes nothing else.
 */
final class DockerfileMaker implements ArtifactMaker {
  private final ImageTargets targets;

  DockerfileMaker(ImageTargets targets) {
    this.targets = targets;
  }

  @Override
  public Artifact make(Build build, FunctionBuild function)
      throws BuildFailure, IOException, InterruptedException {
    try {
      Layout.Image image = new Layout(function.layout()).image();
      return new Artifact(image.copyTo(Targets.of(targets, build, function)), image.bytes());
    } catch (UnusableImage e) {
      throw BuildFailure.user(build.about(function) + "the image: " + e.getMessage());
    }
  }

  /** Where the layout is made. */
  static Path place(Build build, FunctionBuild function) throws IOException {
    Path folder = Files.createDirectory(build.workspace().imageOf(function.order().functionId()));
    return Files.createDirectory(folder.resolve("layout"));
  }
}
