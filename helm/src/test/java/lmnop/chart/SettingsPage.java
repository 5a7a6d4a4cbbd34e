package lmnop.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings that apps know, from the page that is held to what the apps read. */
final class SettingsPage {
  private SettingsPage() {}

  /** The keys of each app, by its heading. */
  static Map<String, List<String>> read() throws IOException {
    Map<String, List<String>> known = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("../docs/settings.md"))) {
      if (line.startsWith("## ")) {
        keys = new ArrayList<>();
        known.put(line.substring(3), keys);
      } else if (line.startsWith("| `")) {
        keys.add(line.substring(3, line.indexOf('`', 3)));
      }
    }
    return known;
  }

  /** The heading of the app that reads a file. */
  static String app(String file) {
    return switch (file.replace(".properties", "")) {
      case "router" -> "Router";
      case "control-plane" -> "Control plane";
      case "builder-worker" -> "Builder worker";
      default -> "Provider";
    };
  }

  /** The keys of a settings file, those of a map by the name of the map. */
  static List<String> keysOf(String properties) {
    return properties
        .lines()
        .filter(line -> line.contains("="))
        .map(line -> line.substring(0, line.indexOf('=')).replaceAll("\\[.*", ""))
        .toList();
  }
}
