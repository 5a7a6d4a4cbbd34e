package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A push that is much larger than the heap of the server that receives it. */
@RequiresTool("git")
@SuppressWarnings("NullAway.Init")
class BigPushTest {
  private static final int FILE = 25; // MiB

  @TempDir Path folder;

  @Test
  void moreThanTheHeapPassesThroughIt() throws Exception {
    Figures figures = push(folder, 125, 96);
    assertThat(figures.heapPeak()).isLessThan(96);
  }

  /** What was measured, in MiB and seconds. */
  record Figures(int pushed, int heap, long heapPeak, double seconds) {}

  private static Figures push(Path folder, int mebibytes, int heap) throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Map<String, String> limits =
        Map.of("pack.size", "2GB", "pack.object-size", "32MB", "pack.objects", "1000000");
    try (TestDatabase database = new TestDatabase();
        GitServerProcess server =
            GitServerProcess.start(
                data,
                database,
                limits,
                "-XX:+UseSerialGC",
                "-Xmx" + heap + "m",
                "-XX:MaxDirectMemorySize=64m")) {
      Work work = Work.function(folder);
      work.git("config", "core.compression", "0");
      work.git("config", "core.bigFileThreshold", "1m");
      for (int at = 0; at < mebibytes; at += FILE) {
        write(work.folder.resolve("noise-" + at), at);
      }
      work.commit();
      long start = System.nanoTime();
      work.git("push", server.url("big"), "main");
      double seconds = (System.nanoTime() - start) / 1e9;
      long peak = server.heapPeak();
      assertThat(work.git("ls-remote", server.url("big"))).contains(work.head());
      Work.function(folder).git("push", server.url("small"), "main");
      return new Figures(mebibytes, heap, peak, seconds);
    }
  }

  private static void write(Path file, int seed) throws Exception {
    Random random = new Random(seed);
    byte[] block = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < FILE; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }

  /** The same with other numbers: mebibytes to push, and of heap. */
  public static void main(String... arguments) throws Exception {
    Path folder = Files.createTempDirectory("lmnop-big-push");
    try {
      System.out.println(
          push(folder, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1])));
    } finally {
      lmnop.operations.archive.Trees.delete(folder);
    }
    System.exit(0);
  }
}
