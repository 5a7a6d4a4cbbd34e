package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import lmnop.loadtest.platform.Polling;

/** A program under measurement, with everything that it starts. */
final class Program implements AutoCloseable {
  private static final long MICROS_OF_A_TICK =
      10_000; // the kernel counts in hundredths of a second
  private static final int USER_TICKS = 11; // behind the name in /proc/PID/stat, from 0
  private static final int WORDS = 1000; // characters of the output of a program that ended
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(60);

  /** What a program has used so far. */
  record Cpu(long userMicros, long systemMicros) {
    Cpu minus(Cpu before) {
      return new Cpu(userMicros - before.userMicros, systemMicros - before.systemMicros);
    }

    long micros() {
      return userMicros + systemMicros;
    }
  }

  private final String name;
  private final Process process;
  private final Path output;

  private Program(String name, Process process, Path output) {
    this.name = name;
    this.process = process;
    this.output = output;
  }

  /** Starts a program and waits until it takes connections on a port. */
  static Program start(Path output, int port, List<String> command) throws IOException {
    Process process =
        Children.start(
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()));
    String name = Path.of(command.getFirst()).getFileName().toString();
    Program program = new Program(name, process, output);
    Polling.until(name + " listens", STARTS_WITHIN, () -> program.listensOn(port));
    return program;
  }

  /** Says so if it ended, with its last words. */
  void mustRun() throws IOException {
    if (!process.isAlive()) {
      String said = Files.readString(output);
      throw new IOException(
          "%s ended with %d; the last that it said:%n%s"
              .formatted(
                  name, process.exitValue(), said.substring(Math.max(0, said.length() - WORDS))));
    }
  }

  long pid() {
    return process.pid();
  }

  private boolean listensOn(int port) throws IOException {
    mustRun();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  Cpu cpu() {
    long[] ticks = new long[2];
    all()
        .forEach(one -> {
          String[] fields = statistics(one);
          ticks[0] += number(fields, USER_TICKS);
          ticks[1] += number(fields, USER_TICKS + 1);
        });
    return new Cpu(ticks[0] * MICROS_OF_A_TICK, ticks[1] * MICROS_OF_A_TICK);
  }

  private static long number(String[] fields, int index) {
    return fields.length > index ? Long.parseLong(fields[index]) : 0;
  }

  private static String[] statistics(ProcessHandle one) {
    try {
      String line = Files.readString(Path.of("/proc", String.valueOf(one.pid()), "stat"));
      return line.substring(line.lastIndexOf(')') + 2).split(" ");
    } catch (IOException e) {
      return new String[0]; // it ended meanwhile
    }
  }

  /** The memory of it all, what several share counted once. */
  long residentBytes() {
    return sum(one -> proportionalKibibytes(one.pid()) * 1024);
  }

  private static long proportionalKibibytes(long pid) {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc", String.valueOf(pid), "smaps_rollup"))) {
      return lines
          .filter(line -> line.startsWith("Pss:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  private long sum(ToLongFunction<ProcessHandle> what) {
    return all().mapToLong(what).sum();
  }

  private Stream<ProcessHandle> all() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants());
  }

  @Override
  public void close() {
    Children.end(process);
  }
}
