package lmnop.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import lmnop.loadtest.bench.FirstPathBench;

/** {@code ./lmnop bench NAME}: measures, prints tables, and leaves nothing behind. */
public final class LoadTestMain {
  private static final String BENCHES =
      """
      Benches:
        first-path   start, memory, push to first answer, redeploys under load
      """;

  private LoadTestMain() {}

  /** Arguments: the folder of the launcher, the command, the bench. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> given = List.of(arguments);
    if (given.size() != 3 || !given.get(1).equals("bench") || !given.get(2).equals("first-path")) {
      System.err.print(BENCHES);
      System.exit(2);
    }
    Path scratch = Files.createTempDirectory("lmnop-bench");
    try {
      new FirstPathBench(Path.of(given.get(0)), scratch, System.out).run();
    } finally {
      delete(scratch);
    }
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      files.sorted(Comparator.reverseOrder()).forEach(LoadTestMain::deleteOne);
    }
  }

  private static void deleteOne(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
