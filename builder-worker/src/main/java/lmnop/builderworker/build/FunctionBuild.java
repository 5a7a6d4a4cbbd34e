package lmnop.builderworker.build;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import lmnop.builderworker.artifact.DependencyCache;
import lmnop.builderworker.template.TemplateFolder;
import org.jspecify.annotations.Nullable;

/** One function of a build, and what the stages have made of it so far. */
final class FunctionBuild implements AutoCloseable {
  private final BuildOrder.FunctionOrder order;
  private final Map<String, String> options = new TreeMap<>();
  private @Nullable TemplateFolder template;
  private @Nullable Path code;
  private DependencyCache.@Nullable Held dependencies;
  private @Nullable Path layout;
  private @Nullable Artifact artifact;

  FunctionBuild(BuildOrder.FunctionOrder order) {
    this.order = order;
  }

  BuildOrder.FunctionOrder order() {
    return order;
  }

  /** The template's options with their values for this function. */
  Map<String, String> options() {
    return options;
  }

  TemplateFolder template() {
    return there(template, "template");
  }

  void template(TemplateFolder fetched) {
    template = fetched;
  }

  /** The code layer as a directory. */
  Path code() {
    return there(code, "code");
  }

  void code(Path directory) {
    code = directory;
  }

  DependencyCache.@Nullable Held dependencies() {
    return dependencies;
  }

  void dependencies(DependencyCache.Held held) {
    dependencies = held;
  }

  /** The image that the repository's Dockerfile became, as a layout of OCI. */
  Path layout() {
    return there(layout, "image");
  }

  void layout(Path folder) {
    layout = folder;
  }

  Artifact artifact() {
    return there(artifact, "artifact");
  }

  void artifact(Artifact made) {
    artifact = made;
  }

  private <T> T there(@Nullable T value, String what) {
    if (value == null) {
      throw new IllegalStateException(order.name() + " has no " + what + " at this stage");
    }
    return value;
  }

  @Override
  public void close() {
    if (dependencies != null) {
      dependencies.close();
    }
  }
}
