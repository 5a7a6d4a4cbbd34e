package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import lmnop.builderworker.artifact.DependencyCache;
import lmnop.builderworker.image.ImageTargets;
import lmnop.builderworker.image.TemplateImages;
import lmnop.images.UnusableImage;
import lmnop.templates.Template;

/** Makes an image of the layers and pushes it to the operator's registry. */
final class ImageMaker implements ArtifactMaker {
  private final TemplateImages images;
  private final ImageTargets targets;

  ImageMaker(TemplateImages images, ImageTargets targets) {
    this.images = images;
    this.targets = targets;
  }

  @Override
  public Artifact make(Build build, FunctionBuild function)
      throws BuildFailure, IOException, InterruptedException {
    LayerCheck.links(function.code(), "the code");
    Path dependencies =
        Optional.ofNullable(function.dependencies())
            .filter(held -> held.layer().isPresent())
            .map(DependencyCache.Held::tree)
            .orElse(null);
    Path work = Files.createDirectory(build.workspace().imageOf(function.order().functionId()));
    TemplateImages.Parts parts =
        new TemplateImages.Parts(
            function.order().template(),
            function.code(),
            dependencies,
            Starts.of(function, dependencies != null),
            listens(function.template().template()),
            work);
    try {
      TemplateImages.Made made = images.make(parts, Targets.of(targets, build, function));
      return new Artifact(made.reference(), made.bytes());
    } catch (TemplateImages.Impossible e) {
      throw BuildFailure.platform(build.about(function) + e.getMessage());
    } catch (UnusableImage e) {
      throw BuildFailure.platform(build.about(function) + "its image: " + e.getMessage());
    }
  }

  private static TemplateImages.Listens listens(Template template) {
    if (template.requireRun().portFixed() == Template.PortFixed.NEVER) {
      return TemplateImages.Listens.ANYWHERE;
    }
    return template.needs().stream().anyMatch(need -> need.program().equals("python3"))
        ? TemplateImages.Listens.ALONE_WITH_PYTHON
        : TemplateImages.Listens.ALONE;
  }
}
