package lmnop.controlplane.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import lmnop.controlplane.configuration.Values.Rule;

/** Paths of a repository as people write them: from one of its folders on, and not out of it. */
final class RepositoryPath {
  private static final Pattern ANY = Pattern.compile("[^\\p{Cc}\\\\]{1,1000}");

  private RepositoryPath() {}

  /**
   * What such a path looks like.
   *
   * @param expected what it names, as in {@code a folder of this repository}
   * @param from where it begins, as in {@code the top of the repository}
   * @param example one that is right
   */
  static Rule rule(String expected, String from, String example) {
    String right = "write it from %s on, as %s".formatted(from, example);
    return Rule.of(ANY, "write %s, as %s".formatted(expected, example))
        .and(text -> text.startsWith("/") ? "it is absolute: " + right : null)
        .and(text ->
            List.of(text.split("/", -1)).contains("..") ? "it leads upwards: " + right : null);
  }

  /** A path as git writes it; empty for where it begins. */
  static String normalized(String text) {
    List<String> parts = new ArrayList<>();
    for (String part : text.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /** What lies below a folder, either of which may be empty. */
  static String below(String folder, String path) {
    return folder.isEmpty() || path.isEmpty() ? folder + path : folder + "/" + path;
  }

  /** The folder that a file lies in. */
  static String folderOf(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }
}
