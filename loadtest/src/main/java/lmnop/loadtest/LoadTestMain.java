package lmnop.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import lmnop.loadtest.bench.FirstPathBench;
import lmnop.loadtest.bench.router.RouterBench;
import lmnop.loadtest.simulation.LoadTest;

/**
 * {@code ./lmnop bench NAME} and {@code ./lmnop loadtest}: measures, prints tables, and leaves
 * nothing behind but reports.
 */
public final class LoadTestMain {
  private static final String BENCHES =
      """
      Benches:
        first-path         start, memory, push to first answer, redeploys under load
        router [--quick]   the router beside nginx, HAProxy and Caddy
      """;

  private LoadTestMain() {}

  /** Arguments: the folder of the launcher, the command, the bench, its options. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> given = List.of(arguments);
    Path scratch = Files.createTempDirectory("lmnop-bench");
    int code;
    try {
      code =
          given.size() > 1 && given.get(1).equals("loadtest")
              ? load(given, scratch)
              : bench(given, scratch);
    } finally {
      delete(scratch);
    }
    System.exit(code);
  }

  private static int load(List<String> given, Path scratch)
      throws IOException, InterruptedException {
    Path home = Path.of(given.getFirst());
    return new LoadTest(home, scratch, System.out, System.err).run(given.subList(2, given.size()));
  }

  private static int bench(List<String> given, Path scratch)
      throws IOException, InterruptedException {
    if (given.size() < 3 || !run(given, scratch)) {
      System.err.print(BENCHES);
      return 2;
    }
    return 0;
  }

  /** Returns false if what is asked for is no bench. */
  private static boolean run(List<String> given, Path scratch)
      throws IOException, InterruptedException {
    Path home = Path.of(given.getFirst());
    List<String> options = given.subList(3, given.size());
    boolean quick = options.equals(List.of("--quick"));
    switch (given.get(2)) {
      case "first-path" -> {
        if (!options.isEmpty()) {
          return false;
        }
        new FirstPathBench(home, scratch, System.out).run();
      }
      case "router" -> {
        if (!quick && !options.isEmpty()) {
          return false;
        }
        new RouterBench(home, scratch, System.out, quick).run();
      }
      default -> {
        return false;
      }
    }
    return true;
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
