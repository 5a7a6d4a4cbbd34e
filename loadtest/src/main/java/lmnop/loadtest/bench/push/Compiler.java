package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.platform.WorkTree;
import lmnop.operations.archive.Trees;

/**
 * An example's compiler by itself: the same program on the same source by hand, with everything in
 * its caches that does not change from push to push.
 */
final class Compiler {
  /** As steps of a build have it. */
  private static final String PATH =
      "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin";

  private final Example example;
  private final Path home;
  private final Path folder;
  private final WorkTree tree;

  private Compiler(Example example, Path home, Path folder, WorkTree tree) {
    this.example = example;
    this.home = home;
    this.folder = folder;
    this.tree = tree;
  }

  /** The compiler of an example, with its caches filled. */
  static Compiler of(Example example, Path home, Path folder)
      throws IOException, InterruptedException {
    Path source = folder.resolve("source");
    WorkTree tree = new WorkTree(source, folder.resolve("no-password"));
    example.copyTo(tree, home);
    Compiler compiler = new Compiler(example, home, folder, tree);
    compiler.compile(false);
    return compiler;
  }

  /** Seconds that it takes for a source that has changed, in the middle of so many times. */
  double median(int times) throws IOException, InterruptedException {
    double[] seconds = new double[times];
    for (int i = 0; i < times; i++) {
      example.change(tree, home, "compiled-" + i);
      Path target = folder.resolve("source/target");
      if (Files.exists(target)) {
        Trees.delete(target);
      }
      long begin = System.nanoTime();
      compile(true);
      seconds[i] = (System.nanoTime() - begin) / 1e9;
    }
    return Samples.median(seconds);
  }

  private void compile(boolean offline) throws IOException, InterruptedException {
    String command =
        switch (example) {
          case GO -> "go build -mod=readonly -trimpath -ldflags=-s -o \"$FOLDER/program\" .";
          case JAVA ->
              "mvn -B -ntp -q "
                  + (offline ? "-o " : "")
                  + "-Dmaven.repo.local=\"$FOLDER/repository\" -DskipTests package";
          default -> throw new IllegalArgumentException(example + " has no compiler");
        };
    ProcessBuilder builder =
        new ProcessBuilder(List.of("/bin/sh", "-c", command))
            .directory(folder.resolve("source").toFile())
            .redirectErrorStream(true);
    // The launcher's choice of a JDK is for lmnop; builds take the machine's.
    builder.environment().keySet().removeAll(List.of("JAVA_HOME", "MAVEN_OPTS"));
    builder
        .environment()
        .putAll(
            Map.of(
                "PATH",
                PATH,
                "FOLDER",
                folder.toString(),
                "GOCACHE",
                folder.resolve("compiled").toString(),
                "GOFLAGS",
                "-modcacherw -buildvcs=false",
                "GOMODCACHE",
                folder.resolve("modules").toString(),
                "GOTOOLCHAIN",
                "local",
                "CGO_ENABLED",
                "0"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(example + " cannot be compiled by hand:\n" + said);
    }
  }
}
