package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Scaling by alerts from end to end, with the files of {@code monitoring/}. It takes a minute, most
 * of which Prometheus and Alertmanager wait, so everyday's run goes without: it runs where Debian's
 * packages of the two are installed.
 */
@RequiresTool({"git", "python3"})
@Timeout(300)
final class AlertScalingTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String INSTANCES =
      "SELECT coalesce(sum(replicas), 0) FROM workloads WHERE name LIKE 'busy-%'";

  private final List<Process> started = new ArrayList<>();

  private static void assumeThere(String program) {
    String path = System.getenv("PATH"); // house-rule exception: where programs are
    Assumptions.assumeTrue(
        Stream.of(path.split(File.pathSeparator))
            .anyMatch(directory -> new File(directory, program).canExecute()),
        "this test needs " + program);
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** The files as they are shipped, for other ports and another data directory. */
  private static Path monitoring(PlatformUnderTest it, int alertmanager) throws IOException {
    Path folder = Files.createDirectories(it.scratch.resolve("monitoring"));
    int first = it.platform.controlPlane().getPort() - 1;
    for (String name : List.of("prometheus.yml", "alert.rules.yml", "alertmanager.yml")) {
      Files.writeString(
          folder.resolve(name),
          Files.readString(it.home.resolve("monitoring").resolve(name))
              .replace("127.0.0.1:8083", "127.0.0.1:" + (first + 3))
              .replace("127.0.0.1:8084", "127.0.0.1:" + (first + 4))
              .replace("127.0.0.1:9093", "127.0.0.1:" + alertmanager)
              .replace("../data/", it.platform.data() + "/"));
    }
    return folder;
  }

  private void start(Path folder, String... command) throws IOException {
    started.add(
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(command[0] + ".log").toFile())
            .start());
  }

  @Test
  void whatIsCalledOftenGetsInstancesAndLosesThemAgain() throws Exception {
    assumeThere("prometheus");
    assumeThere("prometheus-alertmanager");
    try (PlatformUnderTest it = PlatformUnderTest.start()) {
      it.deployOnce("busy");
      int alertmanager = freePort();
      Path folder = monitoring(it, alertmanager);
      start(
          folder,
          "prometheus-alertmanager",
          "--config.file=alertmanager.yml",
          "--storage.path=" + folder.resolve("alerts"),
          "--web.listen-address=127.0.0.1:" + alertmanager,
          "--cluster.listen-address=");
      start(
          folder,
          "prometheus",
          "--config.file=prometheus.yml",
          "--storage.tsdb.path=" + folder.resolve("series"),
          "--web.listen-address=127.0.0.1:" + freePort());
      URI busy = it.platform.function("busy");
      await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(SOON)
          .until(() -> {
            assertThat(started).as(() -> logs(folder)).allMatch(Process::isAlive);
            return it.platform.status(busy) == 200 && isRaised(it);
          });
      await().atMost(SOON).until(() -> it.number(INSTANCES) == 1);
      assertThat(it.platform.status(busy)).isEqualTo(200);
    } finally {
      for (Process process : started) {
        process.destroy();
        process.waitFor();
      }
    }
  }

  private static String logs(Path folder) {
    try {
      return Files.readString(folder.resolve("prometheus.log"))
          + Files.readString(folder.resolve("prometheus-alertmanager.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private int asked;

  /** Looked up now and then: each time is a connection to the database. */
  private boolean isRaised(PlatformUnderTest it) {
    return ++asked % 40 == 0 && it.number(INSTANCES) > 1;
  }
}
