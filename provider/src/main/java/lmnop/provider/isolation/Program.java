package lmnop.provider.isolation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.images.ImageConfig;
import lmnop.provider.artifacts.Manifest;
import lmnop.provider.artifacts.UnusableArtifact;

/**
 * What to execute, with every placeholder of the manifest replaced.
 *
 * @param environment the manifest's or the image's, the PATH included; the function's own come on
 *     top
 */
record Program(List<String> command, String workingDirectory, Map<String, String> environment) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}");
  private static final List<String> SYSTEM_PATH =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  /** Fills in where the layers are, as the program sees them. */
  static Program of(Manifest manifest, String code, String dependencies) throws UnusableArtifact {
    Map<String, String> places = Map.of("code", code, "dependencies", dependencies);
    List<String> path = new ArrayList<>(filled(manifest.path(), places));
    path.addAll(SYSTEM_PATH);
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("LANG", "C.UTF-8");
    environment.put("PATH", String.join(":", path));
    for (Map.Entry<String, String> variable : manifest.environment().entrySet()) {
      environment.put(variable.getKey(), filled(variable.getValue(), places));
    }
    String directory = manifest.workingDirectory();
    return new Program(
        filled(manifest.command(), places),
        directory == null ? code : filled(directory, places),
        environment);
  }

  /** The program of an image, as the image says. */
  static Program of(ImageConfig config) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", String.join(":", SYSTEM_PATH));
    environment.putAll(config.environment());
    return new Program(config.command(), config.workingDirectory(), environment);
  }

  private static List<String> filled(List<String> texts, Map<String, String> places)
      throws UnusableArtifact {
    List<String> done = new ArrayList<>();
    for (String text : texts) {
      done.add(filled(text, places));
    }
    return done;
  }

  private static String filled(String text, Map<String, String> places) throws UnusableArtifact {
    Matcher matcher = PLACEHOLDER.matcher(text);
    StringBuilder done = new StringBuilder();
    while (matcher.find()) {
      String place = places.get(matcher.group(1));
      if (place == null) {
        throw new UnusableArtifact(
            "The bundle's manifest says %s, which this provider does not know; build the function"
                    .formatted(matcher.group())
                + " again");
      }
      matcher.appendReplacement(done, Matcher.quoteReplacement(place));
    }
    return matcher.appendTail(done).toString();
  }
}
