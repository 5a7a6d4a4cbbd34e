package lmnop.provider.isolation;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs one of the machine's programs to its end. */
final class Command {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Where programs are looked for, also those for administrators. */
  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Command() {}

  /** Runs a program with the given input; its failure is an exception with what it printed. */
  static String run(String input, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", PATH);
    Process process = builder.start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended without reading; its exit code says whether that was right.
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IOException(command[0] + " did not end within " + PATIENCE.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + command[0] + " ran", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          "%s failed with exit code %d: %s"
              .formatted(String.join(" ", command), process.exitValue(), output.strip()));
    }
    return output;
  }
}
