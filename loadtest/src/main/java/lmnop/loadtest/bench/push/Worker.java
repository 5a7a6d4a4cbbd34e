package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import lmnop.loadtest.platform.Polling;

/** One more builder worker for a platform, with the settings of the one that it has. */
final class Worker implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofMinutes(1);
  private static final int ENDS_WITHIN = 20; // seconds

  private final Process process;

  private Worker(Process process) {
    this.process = process;
  }

  /** Starts one, and waits until it is ready. */
  static Worker start(Ground ground, int number) throws IOException {
    Path folder = Files.createDirectories(ground.scratch.resolve("worker-" + number));
    int port = freePort();
    Path settings = settings(ground, folder, number, port);
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-jar",
                ground.home.resolve("builder-worker/target/app/builder-worker.jar").toString(),
                "--config",
                settings.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Worker worker = new Worker(process);
    try {
      worker.awaitReady(ground, port, output);
    } catch (IOException | RuntimeException e) {
      worker.close();
      throw e;
    }
    return worker;
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static Path settings(Ground ground, Path folder, int number, int port)
      throws IOException {
    Properties settings = Ground.settings(ground.platform.data(), "builder-worker");
    settings.setProperty("id", "builder-worker-" + number);
    settings.setProperty("work", folder.resolve("work").toString());
    settings.setProperty("management.port", String.valueOf(port));
    Path file = folder.resolve("settings.properties");
    try (OutputStream out = Files.newOutputStream(file)) {
      settings.store(out, null);
    }
    return file;
  }

  private void awaitReady(Ground ground, int port, Path output) throws IOException {
    URI ready = URI.create("http://127.0.0.1:" + port + "/health/ready");
    Polling.until(
        "another worker is ready",
        READY_WITHIN,
        () -> {
          if (!process.isAlive()) {
            throw new IOException("a worker ended: " + Files.readString(output));
          }
          return ground.platform.status(ready) == 200;
        });
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(ENDS_WITHIN, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
