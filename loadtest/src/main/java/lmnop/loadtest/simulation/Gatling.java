package lmnop.loadtest.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lmnop.loadtest.platform.Site;

/** Gatling, run as a program: its libraries are others than the platform's. */
final class Gatling {
  private static final int AT_MOST_MINUTES = 10;
  private static final String REPORT = "Reports generated, please open the following file: ";

  /**
   * What came of a simulation.
   *
   * @param report the page with the figures; empty if there is none
   */
  record Ran(int exitCode, List<Verdict> verdicts, String report, Path output) {}

  private final Path jar;
  private final Path reports;

  Gatling(Path home, Path reports) {
    this.jar = home.resolve("loadtest/gatling/target/app/gatling.jar");
    this.reports = reports;
  }

  /** Starts a simulation; the process writes into {@link #output}. */
  Process start(Simulation simulation, Site site, boolean quick) throws IOException {
    Files.createDirectories(reports);
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-Dlmnop.simulation.url=" + site.router(),
            "-Dlmnop.simulation.quick=" + quick));
    for (String use : simulation.functions()) {
      command.add("-Dlmnop.simulation." + use + "=" + Functions.name(use));
    }
    command.addAll(
        List.of("-jar", jar.toString(), "-s", simulation.className(), "-rf", reports.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output(simulation).toFile())
        .start();
  }

  /** Waits for the end of a simulation, and reads what it said. */
  Ran result(Simulation simulation, Process process) throws IOException, InterruptedException {
    if (!process.waitFor(AT_MOST_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
    }
    List<String> lines = Files.readAllLines(output(simulation));
    String report =
        lines.stream()
            .filter(line -> line.startsWith(REPORT))
            .map(line -> line.substring(REPORT.length()).replaceFirst("^file://", ""))
            .findFirst()
            .orElse("");
    return new Ran(process.exitValue(), Verdict.read(lines), report, output(simulation));
  }

  /** All that Gatling prints about a simulation. */
  private Path output(Simulation simulation) {
    return reports.resolve(simulation.spelled() + ".txt");
  }
}
