package lmnop.standalone.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs that this machine has. */
public final class Programs {
  private static final long LONGEST_TRY = 5; // seconds

  private final List<Path> places;

  public Programs(String path) {
    this.places = Stream.of(path.split(":")).filter(s -> !s.isBlank()).map(Path::of).toList();
  }

  /** The programs on the PATH, and those of the administrator, which a user's PATH often lacks. */
  public static Programs ofThisMachine() {
    String path = System.getenv("PATH"); // house-rule exception: the only place that names programs
    return new Programs((path == null ? "/usr/bin:/bin" : path) + ":/usr/sbin:/sbin");
  }

  /** Where a program is. */
  public Optional<Path> find(String name) {
    return places.stream()
        .map(place -> place.resolve(name))
        .filter(file -> Files.isExecutable(file) && Files.isRegularFile(file))
        .findFirst();
  }

  /** Whether a command runs here and ends with exit code 0. */
  public boolean runs(String... command) {
    if (find(command[0]).isEmpty()) {
      return false;
    }
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(LONGEST_TRY, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
