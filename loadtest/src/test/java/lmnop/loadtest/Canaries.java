package lmnop.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The secrets of a platform, looked for where none of them may be. */
final class Canaries {
  private static final int SHORTEST = 12; // what is shorter is found by chance

  private final Path data;
  private final Map<String, String> secrets = new TreeMap<>();

  /** The credentials of a data directory. */
  Canaries(Path data) throws IOException {
    this.data = data;
    try (Stream<Path> files = Files.walk(data.resolve("credentials"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String secret = Files.readString(file).strip();
        if (secret.length() >= SHORTEST) {
          secrets.put(file.getFileName().toString(), secret);
        }
      }
    }
  }

  /** Values that were given to the platform, by their names. */
  Canaries(Path data, Map<String, String> values) {
    this.data = data;
    this.secrets.putAll(values);
  }

  int count() {
    return secrets.size();
  }

  /** The names of the secrets that a text holds. */
  List<String> in(String text) {
    return secrets.entrySet().stream()
        .filter(secret -> text.contains(secret.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Command lines and environments of processes that hold a secret. */
  List<String> inProcesses(Stream<ProcessHandle> processes) {
    return processes
        .flatMap(process ->
            Stream.of("cmdline", "environ")
                .flatMap(part ->
                    in(read(Path.of("/proc", Long.toString(process.pid()), part))).stream()
                        .map(name -> name + " in the " + part + " of " + process.info())))
        .toList();
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // the process ended meanwhile
    }
  }

  /** Files of the data directory that hold a secret, beside the credentials themselves. */
  List<String> inFiles() throws IOException, InterruptedException {
    Path patterns = Files.createTempFile("lmnop-canaries", "");
    try {
      Files.writeString(patterns, String.join("\n", secrets.values()));
      Process grep =
          new ProcessBuilder(
                  "grep", "-rlaF", "--exclude-dir=credentials", "-f", patterns.toString(), ".")
              .directory(data.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String found = new String(grep.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      grep.waitFor();
      return found.lines().collect(Collectors.toList());
    } finally {
      Files.delete(patterns);
    }
  }

  /** Files and folders of credentials that others than their owner may touch. */
  List<Path> open() throws IOException {
    try (Stream<Path> files = Files.walk(data.resolve("credentials"))) {
      return files.filter(Canaries::isOpen).toList();
    }
  }

  private static boolean isOpen(Path file) {
    try {
      return Files.getPosixFilePermissions(file).stream()
          .anyMatch(permission -> !permission.name().startsWith("OWNER"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
