package lmnop.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the apps ship is at least as new as the versions that closed known holes. */
final class SecurityFloorsTest {
  private static final Pattern JAR =
      Pattern.compile("(?<name>.+?)-(?<version>\\d[\\w.+-]*?)\\.jar");

  /** Artifact → the oldest version allowed. */
  private static final Map<String, String> FLOORS =
      new TreeMap<>(
          Map.of(
              "netty-codec-http", "4.2.18",
              "netty-codec-http2", "4.2.18",
              "netty-handler", "4.2.18",
              "netty-common", "4.2.18",
              "reactor-netty-http", "1.3.7",
              "spring-cloud-gateway-server-webflux", "5.0.3",
              "spring-core", "7.0.8",
              "spring-webflux", "7.0.8",
              "org.eclipse.jgit", "7.7",
              "postgresql", "42.7.14"));

  @ParameterizedTest
  @ValueSource(strings = {"router", "control-plane", "builder-worker", "provider"})
  void whatAnAppShipsIsNewEnough(String app) throws IOException {
    Map<String, String> shipped = shipped(app);
    assertThat(shipped).as("the jars of %s", app).isNotEmpty();
    FLOORS.forEach((artifact, floor) -> {
      String version = shipped.get(artifact);
      if (version != null) {
        assertThat(Version.parse(version))
            .as("%s in %s", artifact, app)
            .isGreaterThanOrEqualTo(Version.parse(floor));
      }
    });
  }

  @Test
  void everyFloorGuardsSomethingThatIsShipped() throws IOException {
    Map<String, String> shipped = new TreeMap<>();
    for (String app : List.of("router", "control-plane", "builder-worker", "provider")) {
      shipped.putAll(shipped(app));
    }
    assertThat(shipped.keySet()).containsAll(FLOORS.keySet());
  }

  private static Map<String, String> shipped(String app) throws IOException {
    Path lib = Path.of("..", app, "target", "app", "lib");
    assertThat(lib).as("the app is packaged: run the tests by ./lmnop test").isDirectory();
    Map<String, String> versions = new TreeMap<>();
    try (Stream<Path> jars = Files.list(lib)) {
      for (Path jar : jars.toList()) {
        Matcher matcher = JAR.matcher(String.valueOf(jar.getFileName()));
        if (matcher.matches()) {
          versions.put(matcher.group("name"), numeric(matcher.group("version")));
        }
      }
    }
    return versions;
  }

  /** {@code 4.2.18.Final} and {@code 7.8.1.2026…-r} compare by their numbers. */
  private static String numeric(String version) {
    Matcher numbers = Pattern.compile("\\d+(\\.\\d+)*").matcher(version);
    return numbers.lookingAt() ? numbers.group() : version;
  }
}
