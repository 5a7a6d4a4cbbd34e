package lmnop.controlplane.configuration;

import java.util.List;
import lmnop.registry.names.FunctionName;
import org.jspecify.annotations.Nullable;

/**
 * One function of a pushed commit.
 *
 * @param root the folder of the repository that it is made from; empty for the whole
 * @param include what else of the repository is put there
 * @param source what git calls all these files; null where it is the only function of its
 *     repository, which every push builds
 */
public record ConfiguredFunction(
    FunctionName name,
    String root,
    List<FunctionConfiguration.Build.Included> include,
    FunctionConfiguration configuration,
    @Nullable String source) {
  public ConfiguredFunction {
    include = List.copyOf(include);
  }

  /** A function whose folder is this one, unless it says that another is. */
  public static ConfiguredFunction in(
      String folder,
      FunctionName name,
      FunctionConfiguration configuration,
      @Nullable String source) {
    FunctionConfiguration.Build build = configuration.build();
    return build == null
        ? new ConfiguredFunction(name, folder, List.of(), configuration, source)
        : new ConfiguredFunction(name, build.root(), build.include(), configuration, source);
  }
}
