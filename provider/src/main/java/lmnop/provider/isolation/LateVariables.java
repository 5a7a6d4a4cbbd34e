package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lmnop.provider.artifacts.Artifact;
import lmnop.provider.artifacts.Bundle;
import lmnop.provider.artifacts.Image;

/**
 * Variables that change what any program does before its own first step: libraries that are loaded
 * into it, files that a shell reads. A function's are for its program, and not for ours that come
 * before it, some of them as root; so they are set at the very end, by {@code env}.
 */
final class LateVariables {
  private static final Pattern NAMES =
      Pattern.compile(
          "LD_.*|GLIBC_TUNABLES|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|MALLOC_.*"
              + "|NIS_PATH|NLSPATH|RES_OPTIONS|RESOLV_HOST_CONF|BASH_.*|BASHOPTS|ENV|IFS|PS4"
              + "|SHELLOPTS");

  private final Map<String, String> variables;
  private final Optional<String> env;

  private LateVariables(Map<String, String> variables, Optional<String> env) {
    this.variables = variables;
    this.env = env;
  }

  /** Takes those of a function out of all its variables. */
  static LateVariables takeFrom(Map<String, String> all, Artifact artifact) {
    Map<String, String> late = new TreeMap<>(all);
    late.keySet().removeIf(name -> !NAMES.matcher(name).matches());
    all.keySet().removeAll(late.keySet());
    return new LateVariables(late, env(artifact));
  }

  /** The one that the program will see; its links lead somewhere only there. */
  private static Optional<String> env(Artifact artifact) {
    Stream<String> places = Stream.of("/usr/bin/env", "/bin/env");
    return switch (artifact) {
      case Bundle _ -> places.findFirst();
      case Image image ->
          places
              .filter(
                  place -> Files.exists(Path.of(image.root() + place), LinkOption.NOFOLLOW_LINKS))
              .findFirst();
    };
  }

  /** What comes before the program. */
  List<String> setting() {
    List<String> words = new ArrayList<>();
    if (!variables.isEmpty() && env.isPresent()) {
      words.add(env.get());
      variables.forEach((name, value) -> words.add(name + "=" + value));
    }
    return words;
  }

  /** Says in the function's output what nothing there can set. */
  void sayWhatIsMissing(Path output) throws IOException {
    if (!variables.isEmpty() && env.isEmpty()) {
      Files.writeString(
          output,
          "lmnop: without %s, as its image has no program env, which would set that%n"
              .formatted(String.join(", ", variables.keySet())));
    }
  }
}
