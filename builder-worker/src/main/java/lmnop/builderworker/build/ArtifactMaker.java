package lmnop.builderworker.build;

import java.io.IOException;

/** Makes a function's artifact of what the stages before have left. */
interface ArtifactMaker {
  Artifact make(Build build, FunctionBuild function)
      throws BuildFailure, IOException, InterruptedException;
}
