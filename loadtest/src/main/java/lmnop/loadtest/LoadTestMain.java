package lmnop.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import lmnop.loadtest.bench.FirstPathBench;
import lmnop.loadtest.bench.cluster.KubernetesBench;
import lmnop.loadtest.bench.push.PushBench;
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
        first-path                           start, memory, push to first answer, redeploys under load
        router [--quick] [--only QUESTION]   the router beside nginx, HAProxy, Caddy and a plain Spring
                                             Cloud Gateway; questions: speed, idle, functions, rate
        push [--quick] [--only QUESTION]     pushes and where their time goes, wakes from zero, the
                                             queue; questions: push, image, wake, queue, memory, pages
        kubernetes [--quick] [--only CHECK,…] [--kubeconfig FILE] [--namespace NAME] [--release NAME]
                                             an installation of the chart; checks: push, templates,
                                             redeploy, rollback, ready, wake, crash, pod, parts,
                                             containerd, api-server, delete
      """;

  private static final int USAGE = 2;

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

  private static int bench(List<String> given, Path scratch)
      throws IOException, InterruptedException {
    int code = given.size() < 3 ? USAGE : run(given, scratch);
    if (code == USAGE) {
      System.err.print(BENCHES);
    }
    return code;
  }

  private static int load(List<String> given, Path scratch)
      throws IOException, InterruptedException {
    Path home = Path.of(given.getFirst());
    return new LoadTest(home, scratch, System.out, System.err).run(given.subList(2, given.size()));
  }

  /** Returns the code to exit with. */
  private static int run(List<String> given, Path scratch)
      throws IOException, InterruptedException {
    Path home = Path.of(given.getFirst());
    List<String> options = given.subList(3, given.size());
    return switch (given.get(2)) {
      case "first-path" -> {
        if (!options.isEmpty()) {
          yield USAGE;
        }
        new FirstPathBench(home, scratch, System.out).run();
        yield 0;
      }
      case "router" -> {
        RouterBench bench = new RouterBench(home, scratch, System.out);
        yield questions(bench::run, RouterBench.questions(), options);
      }
      case "push" -> {
        PushBench bench = new PushBench(home, scratch, System.out);
        yield questions(bench::run, PushBench.questions(), options);
      }
      case "kubernetes" -> {
        Boolean passed = new KubernetesBench(home, scratch, System.out).run(options);
        yield passed == null ? USAGE : passed ? 0 : 1;
      }
      default -> USAGE;
    };
  }

  /** A bench that asks several questions, or one of them. */
  @FunctionalInterface
  private interface Questions {
    boolean run(boolean quick, List<String> only) throws InterruptedException;
  }

  private static int questions(Questions bench, List<String> known, List<String> options)
      throws InterruptedException {
    List<String> left = new ArrayList<>(options);
    boolean quick = left.remove("--quick");
    List<String> only = List.of();
    if (left.size() == 2 && left.getFirst().equals("--only")) {
      only = left.subList(1, 2);
      left = List.of();
    }
    if (!left.isEmpty() || !known.containsAll(only)) {
      return USAGE;
    }
    return bench.run(quick, only) ? 0 : 1;
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
