package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Path;

/** Makes the image that a repository's Dockerfile describes. */
interface ImageBuilder {
  /**
   * Makes it.
   *
   * @param layout an empty directory, which becomes a layout of OCI with one image; what is in it
   *     then comes from the build and is not to be trusted
   */
  void build(Build build, FunctionBuild function, Path layout)
      throws BuildFailure, IOException, InterruptedException;
}
