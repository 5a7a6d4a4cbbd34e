package lmnop.loadtest.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The start-up caches of the apps, made in the background once a first start has become quiet. */
public final class StartupCaches {
  private StartupCaches() {}

  /**
   * Waits until there is one for each app.
   *
   * @param home the folder with the launcher
   */
  public static void await(Path home) throws IOException {
    Polling.until(
        "the start-up caches are made",
        Duration.ofMinutes(3),
        () -> all(home).size() >= RunningPlatform.APPS.size());
  }

  /** Those that are there. */
  public static List<Path> all(Path home) throws IOException {
    List<Path> caches = new ArrayList<>();
    for (String app : RunningPlatform.APPS) {
      caches.addAll(of(home, app));
    }
    return caches;
  }

  /** Those of an app: one, or none yet. */
  public static List<Path> of(Path home, String app) throws IOException {
    Path folder = home.resolve(app).resolve("target/app/startup-cache");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".aot")).toList();
    }
  }
}
