package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.builderworker.template.Templates;
import lmnop.operations.archive.Digest;
import lmnop.templates.Template;

/**
 * {@link Stage#TEMPLATE}: what the template says is done, for each function: its options, what the
 * repository must hold, the code layer, the dependencies, the build steps.
 */
final class TemplateStage implements StageWork {
  private final Templates templates;
  private final CodeLayer code;
  private final DependencyStep dependencies;
  private final Steps steps;
  private final ImageBuilder images;

  TemplateStage(
      Templates templates,
      DependencyStep dependencies,
      Steps steps,
      CodeLayer code,
      ImageBuilder images) {
    this.templates = templates;
    this.dependencies = dependencies;
    this.steps = steps;
    this.code = code;
    this.images = images;
  }

  @Override
  public void run(Build build) throws BuildFailure, IOException, InterruptedException {
    for (FunctionBuild function : build.functions()) {
      build.checkLease();
      fetch(build, function);
      chooseOptions(build, function);
      Requirements.check(build, function);
      if (function.template().template().image() == null) {
        code.make(build, function);
        long begin = System.nanoTime();
        dependencies.run(build, function);
        build.took(TemplatePart.DEPENDENCIES, begin);
        begin = System.nanoTime();
        steps.run(build, function);
        build.took(TemplatePart.BUILD, begin);
      } else {
        Path layout = DockerfileMaker.place(build, function);
        long begin = System.nanoTime();
        images.build(build, function, layout);
        build.took(TemplatePart.BUILD, begin);
        function.layout(layout);
      }
    }
  }

  private void fetch(Build build, FunctionBuild function)
      throws BuildFailure, IOException, InterruptedException {
    BuildOrder.FunctionOrder order = function.order();
    Digest digest = Digest.parse(order.templateDigest());
    try {
      function.template(templates.get(digest, build.controlPlane()::template));
    } catch (IllegalArgumentException e) {
      throw BuildFailure.platform(
          "the template " + order.template() + " is broken: " + e.getMessage());
    }
    build.say(Stage.TEMPLATE, function, "template " + order.template());
  }

  private static void chooseOptions(Build build, FunctionBuild function) throws BuildFailure {
    Map<String, Template.Option> known = function.template().template().options();
    known.forEach((name, option) -> function.options().put(name, option.value()));
    for (Map.Entry<String, String> set : function.order().settings().entrySet()) {
      Template.Option option = known.get(set.getKey());
      if (option == null) {
        throw BuildFailure.user(
            "'%s' is not an option of the template %s, which has %s; correct options in function.yml"
                .formatted(set.getKey(), function.order().template(), list(known)));
      }
      function.options().put(set.getKey(), set.getValue());
      if (option.note() != null && !set.getValue().isBlank()) {
        build.say(Stage.TEMPLATE, function, "note on " + set.getKey() + ": " + option.note());
      }
    }
  }

  private static String list(Map<String, Template.Option> options) {
    List<String> names = options.keySet().stream().sorted().toList();
    return names.isEmpty() ? "none" : String.join(", ", names);
  }
}
