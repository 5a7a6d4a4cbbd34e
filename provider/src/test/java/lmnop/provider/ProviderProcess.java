package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import lmnop.providerapi.HttpFunctionProvider;
import org.awaitility.core.ConditionTimeoutException;

/** A provider in a process of its own, so that it can be killed. */
final class ProviderProcess {
  private static final int STARTS = 3;

  /** Another test may have been given the port that was free. */
  private static final String PORT_TAKEN = "is something else there?";

  private final TestProvider of;
  private final Process process;
  private final int port;

  private ProviderProcess(TestProvider of, Process process, int port) {
    this.of = of;
    this.process = process;
    this.port = port;
  }

  static ProviderProcess start(TestProvider of, Map<String, String> more) throws IOException {
    return start(of, more, 96);
  }

  /** The same with as many mebibytes of heap. */
  static ProviderProcess start(TestProvider of, Map<String, String> more, int heap)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      ProviderProcess started = launch(of, more, heap);
      started.awaitHealthyOrOver();
      if (started.process.isAlive()) {
        return started;
      }
      assertThat(started.log()).as("why it ended").contains(PORT_TAKEN);
      assertThat(attempt).as("starts, each at a port that was free").isLessThan(STARTS);
    }
  }

  private static ProviderProcess launch(TestProvider of, Map<String, String> more, int heap)
      throws IOException {
    int port = freePort();
    Properties properties = new Properties();
    properties.putAll(of.settings());
    properties.putAll(more);
    properties.put("listen.port", Integer.toString(port));
    Path file = of.directory().resolve("provider.properties");
    try (var out = Files.newBufferedWriter(file)) {
      properties.store(out, "");
    }
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx%dm".formatted(heap),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                ManagementFactory.getRuntimeMXBean().getClassPath(),
                "lmnop.provider.ProviderMain",
                "--config",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(of.directory().resolve("log").toFile()))
            .start();
    of.onClose(process::destroyForcibly);
    return new ProviderProcess(of, process, port);
  }

  private void awaitHealthyOrOver() throws IOException {
    try (HttpFunctionProvider client = client()) {
      await().atMost(TestProvider.PATIENCE).until(() -> client.healthy() || !process.isAlive());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("it is not healthy, and says: " + log(), e);
    }
  }

  private String log() throws IOException {
    return Files.readString(of.directory().resolve("log"));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HttpFunctionProvider client() {
    return of.client("operator", port);
  }

  /** Ends it with no chance to do anything. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Asks it to end; returns whether it did in time. */
  boolean terminate() throws InterruptedException {
    process.destroy();
    return process.waitFor(TestProvider.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** What a machine shows of providers and instances: all of it shall go. */
  static List<String> traces(TestProvider of) {
    return ProcessHandle.allProcesses()
        .map(handle -> handle.info().commandLine().orElse(""))
        .filter(line -> line.contains(of.data().resolve("run").toString()))
        .toList();
  }
}
