package lmnop.provider.isolation;

import java.nio.file.Path;
import java.util.Map;
import lmnop.provider.artifacts.Artifact;

/**
 * An instance that is to be started.
 *
 * @param instance its name, which no other instance ever has
 * @param directory a folder of its own for what keeps it
 * @param environment the function's own variables and those that tell it who it is
 * @param secrets files by name
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares plans
public record Plan(
    String instance,
    Path directory,
    String hostname,
    Artifact artifact,
    Placement placement,
    Limits limits,
    Map<String, String> environment,
    Map<String, byte[]> secrets) {
  /** Where the instance's output goes, as it prints it. */
  public Path output() {
    return directory.resolve(OUTPUT);
  }

  /** The name of the file that an instance prints into. */
  public static final String OUTPUT = "output";

  @Override
  public String toString() {
    return "Plan[" + instance + "]";
  }
}
