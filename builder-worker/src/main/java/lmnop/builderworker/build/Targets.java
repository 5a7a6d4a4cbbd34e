package lmnop.builderworker.build;

import lmnop.builderworker.image.ImageTarget;
import lmnop.builderworker.image.ImageTargets;

/** Where a function's image goes. */
final class Targets {
  private Targets() {}

  static ImageTarget of(ImageTargets targets, Build build, FunctionBuild function)
      throws BuildFailure {
    if (!function.order().wantsImage()) {
      return targets.store();
    }
    return targets
        .registry(build.order().owner(), function.order().name(), build.order().shortCommit())
        .orElseThrow(() ->
            BuildFailure.platform(
                "the provider runs images of registries, and none is set to push to: the"
                    + " operator sets images.push"));
  }
}
