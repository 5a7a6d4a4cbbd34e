package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import lmnop.loadtest.platform.WorkTree;
import lmnop.operations.lifecycle.Loop;

/**
 * A push that is larger than the control plane's heap, to a branch that is not deployed. How full
 * the heap was is told and not judged: its own bound is below what a judge would ask for.
 */
final class LargePush {
  private static final String FUNCTION = "bench-large";
  private static final int FILE = 25; // MiB
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Pattern USED = Pattern.compile("total \\d+K, used (\\d+)K");

  private final Ground ground;
  private final Lengths lengths;

  LargePush(Ground ground, Lengths lengths) {
    this.ground = ground;
    this.lengths = lengths;
  }

  void run() throws IOException {
    WorkTree tree =
        ground
            .tree(FUNCTION)
            .python("large")
            .configure("core.compression", "0")
            .configure("core.bigFileThreshold", "1m");
    for (int at = 0; at < lengths.mebibytes(); at += FILE) {
      writeNoise(tree.folder().resolve("noise-" + at), at);
    }
    tree.commit("large");
    String pid =
        ground
            .platform
            .app("control-plane")
            .map(process -> String.valueOf(process.pid()))
            .orElseThrow(() -> new IllegalStateException("the control plane does not run"));
    AtomicLong peak = new AtomicLong();
    long begin = System.nanoTime();
    try (Loop _ = Loop.start("heap", LOOK, () -> peak.accumulateAndGet(used(pid), Math::max))) {
      WorkTree.Pushed pushed = tree.push(ground.platform.remote(FUNCTION), "main:large");
      if (!pushed.succeeded()) {
        throw new IOException("the large push was refused:\n" + pushed.output());
      }
    }
    if (peak.get() == 0) {
      throw new IOException("the control plane's JVM did not say how full its heap is");
    }
    ground.out.printf(
        Locale.ROOT,
        "%n%d MiB were pushed in %.1f s; of the control plane's heap at most %d MiB were used%n",
        lengths.mebibytes(),
        (System.nanoTime() - begin) / 1e9,
        peak.get() / 1024);
  }

  /** KiB of a heap that are used, garbage included, as its JVM says. */
  private static long used(String pid) throws IOException, InterruptedException {
    String java = System.getProperty("java.home"); // house-rule exception: the JDK says where it is
    Process process =
        new ProcessBuilder(Path.of(java, "bin/jcmd").toString(), pid, "GC.heap_info")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return USED.matcher(said).results().mapToLong(one -> Long.parseLong(one.group(1))).sum();
  }

  /** What no compression makes smaller. */
  private static void writeNoise(Path file, int seed) throws IOException {
    Random random = new Random(seed);
    byte[] block = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < FILE; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }
}
