package lmnop.builderworker.build;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What to build: the payload of a build task.
 *
 * @param owner whose caches are used
 */
public record BuildOrder(long buildId, String commit, String owner, List<FunctionOrder> functions) {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * A file or directory that a function is built with.
   *
   * @param from where it is in the repository
   * @param to where it goes in the function's directory
   */
  public record Included(String from, String to) {
    public Included {
      Objects.requireNonNull(from, "from");
      Objects.requireNonNull(to, "to");
    }
  }

  /**
   * One function of the repository.
   *
   * @param root its directory in the repository; empty for the whole
   * @param include files and directories of the repository that are put there for the build
   * @param artifact what the provider takes: {@code bundle}, or {@code image} for those that take
   *     nothing but images of a registry
   */
  public record FunctionOrder(
      long functionId,
      String name,
      @Nullable String root,
      @Nullable List<Included> include,
      String template,
      String templateDigest,
      @Nullable Map<String, Object> options,
      String artifact) {
    private static final String IMAGE = "image";

    public FunctionOrder {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(template, "template");
      if (!List.of("bundle", IMAGE).contains(artifact)) {
        throw new IllegalArgumentException(
            "this worker makes bundles and images, and an artifact of the kind '%s' was asked for"
                .formatted(artifact));
      }
      Digest.parse(templateDigest);
      include = include == null ? List.of() : List.copyOf(include);
    }

    /** Whether the artifact has to go to a registry. */
    boolean wantsImage() {
      return artifact.equals(IMAGE);
    }

    /** The function's directory in an unpacked source tree. */
    Path directoryIn(Path source) {
      return within(source, root == null ? "" : root);
    }

    /** What is put there for the build: the path there, and where it is in a source tree. */
    Map<String, Path> includedFrom(Path source) {
      Map<String, Path> included = new TreeMap<>();
      for (Included one : Objects.requireNonNull(include)) {
        included.put(one.to(), within(source, one.from()));
      }
      return included;
    }

    static Path within(Path source, String path) {
      Path found = source.resolve(path).normalize();
      if (!found.startsWith(source)) {
        throw new IllegalArgumentException("'" + path + "' lies outside the repository");
      }
      return found;
    }

    /** What the function sets, as text. */
    Map<String, String> settings() {
      Map<String, String> settings = new TreeMap<>();
      if (options != null) {
        options.forEach((name, value) -> settings.put(name, String.valueOf(value)));
      }
      return settings;
    }
  }

  public BuildOrder {
    Objects.requireNonNull(commit, "commit");
    if (!LABEL.matcher(owner).matches()) {
      throw new IllegalArgumentException("'" + owner + "' is not an owner's name");
    }
    functions = List.copyOf(functions);
    if (functions.isEmpty()) {
      throw new IllegalArgumentException("build " + buildId + " has no function");
    }
  }

  /** Reads a task's payload. */
  static BuildOrder read(String payload) {
    return JSON.readValue(payload, BuildOrder.class);
  }

  /** The commit as people write it. */
  String shortCommit() {
    return commit.substring(0, Math.min(12, commit.length()));
  }
}
