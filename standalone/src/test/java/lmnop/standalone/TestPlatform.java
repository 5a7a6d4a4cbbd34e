package lmnop.standalone;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import lmnop.standalone.apps.App;
import lmnop.standalone.apps.Jvm;
import lmnop.standalone.machine.Ports;

/** Platforms in processes of their own, below one folder, with stand-ins for the apps. */
final class TestPlatform implements AutoCloseable {
  static final Duration LONG = Duration.ofSeconds(90);
  private static final String READY = "Ctrl-C stops everything.";

  private final Path folder;
  private final Path log;
  private final Ports ports = Home.freePorts();
  private final List<Process> started = new ArrayList<>();

  TestPlatform(Path folder) throws IOException {
    this.folder = folder;
    this.log = folder.resolve("output.log");
    Home.in(folder.resolve("home"));
  }

  Path data() {
    return folder.resolve("data");
  }

  Ports ports() {
    return ports;
  }

  /** Starts a platform and returns at once. */
  Process start() throws IOException {
    return start(log);
  }

  /** Starts a platform that prints into a file of its own. */
  Process start(Path output) throws IOException {
    String classPath = System.getProperty("java.class.path"); // house-rule exception: this test's
    Process process =
        new ProcessBuilder(
                Jvm.program("java").toString(),
                "-cp",
                classPath,
                StandaloneMain.class.getName(),
                "up",
                "--home",
                folder.resolve("home").toString(),
                "--data",
                data().toString(),
                "--port",
                "" + ports.base())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    started.add(process);
    return process;
  }

  /** Starts a platform and waits until it says that it is ready. */
  Process startReady() throws IOException {
    Process process = start();
    awaitOutput(READY);
    return process;
  }

  String output() {
    return content(log);
  }

  void awaitOutput(String text) {
    await("'" + text + "' in the output").atMost(LONG).until(() -> output().contains(text));
  }

  /** Lets an app end by itself, in the middle of an answer. */
  void crash(App app) throws IOException {
    URI url = URI.create("http://127.0.0.1:" + app.managementPort(ports) + "/crash");
    try {
      int status = ((HttpURLConnection) url.toURL().openConnection()).getResponseCode();
      throw new AssertionError("it did not crash but answered " + status);
    } catch (java.net.SocketException e) {
      return; // it ended without an answer
    }
  }

  /** Processes that name the folder on their command lines. */
  List<ProcessHandle> processes() {
    return ProcessHandle.allProcesses()
        .filter(process ->
            content(Path.of("/proc/" + process.pid() + "/cmdline")).contains(folder.toString()))
        .toList();
  }

  static String content(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    started.forEach(Process::destroyForcibly);
    processes().forEach(ProcessHandle::destroyForcibly);
    await().atMost(LONG).until(() -> processes().isEmpty());
  }
}
