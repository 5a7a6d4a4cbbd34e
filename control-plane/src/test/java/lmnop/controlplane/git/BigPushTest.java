package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.TestDatabase;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** R31: pushes that are much larger than the heap of the server that receives them. */
@RequiresTool("git")
@Tag(Reliability.TAG)
@Timeout(1800)
@SuppressWarnings("NullAway.Init")
class BigPushTest {
  private static final int FILE = 25; // MiB
  private static final int FEW = 30; // small pushes, of which the slowest is looked at

  @TempDir Path folder;
  private TestDatabase database;

  @BeforeEach
  void open() {
    database = new TestDatabase();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void moreThanTheHeapPassesThroughIt() throws Exception {
    try (GitServerProcess server = server(96)) {
      Work work = large(125);
      work.git("push", server.url("big"), "main");
      assertThat(work.git("ls-remote", server.url("big"))).contains(work.head());
      Work.function(folder).git("push", server.url("small"), "main");
      Reliability.say("R31", "MiB of heap for a push of 125 MiB at 96", server.heapPeak(), 96);
    }
  }

  @Test
  @RequiresTool({"apache2", "htpasswd"})
  void aGibibyteAsFastAsThroughGitsOwnServer() throws Exception {
    assumeTrue(Thorough.isAskedFor(), "takes minutes and gigabytes: only -Dlmnop.thorough=true");
    try (GitServerProcess server = server(200);
        ApacheGit apache = new ApacheGit(folder.resolve("apache"), "ada", "secret")) {
      Work work = large(1024);
      long alone = slowestOf(server, () -> false);
      CompletableFuture<Long> big =
          CompletableFuture.supplyAsync(() -> millis(work, server.url("big")));
      long beside = slowestOf(server, () -> !big.isDone());
      big.join();
      long theirs = millis(work, apache.create("big", "ada", "secret"));
      long ours = millis(work, server.url("again"));
      assertThat(work.git("ls-remote", server.url("big"))).contains(work.head());
      Reliability.atMost("R31", "MiB of heap that 1 GiB came through", server.heapPeak(), 200);
      Reliability.say("R31", "milliseconds for 1 GiB; git http-backend twice", ours, 2 * theirs);
      Reliability.say(
          "R31",
          "milliseconds of the slowest small push beside it; alone twice",
          beside,
          2 * alone);
    }
  }

  @Test
  void whatIsLargerThanAllowedIsRefusedInWords() throws Exception {
    assumeTrue(Thorough.isAskedFor(), "takes minutes and gigabytes: only -Dlmnop.thorough=true");
    try (GitServerProcess server = server(256)) {
      Work work = large(2 * 1024 + FILE);
      Work.Run push = work.push(server.url("larger"), "main");
      assertThat(push.succeeded()).isFalse();
      assertThat(push.output()).contains("the push is larger than 2048 MiB");
      try (var left = Files.walk(folder.resolve("data/repositories"))) {
        assertThat(left.filter(Files::isRegularFile).toList()).isEmpty();
      }
      Reliability.say("R31", "MiB of heap at most for a refused 2 GiB", server.heapPeak(), 200);
    }
  }

  private GitServerProcess server(int heap) throws IOException {
    return GitServerProcess.start(
        Files.createDirectory(folder.resolve("data")),
        database,
        Map.of("pack.size", "2GB", "pack.object-size", "32MB", "tree.size", "3GB"),
        "-XX:+UseSerialGC",
        "-Xmx" + heap + "m",
        "-XX:MaxDirectMemorySize=64m");
  }

  /** A function with so many MiB of noise. */
  private Work large(int mebibytes) throws IOException {
    Work work = Work.function(folder);
    work.git("config", "core.compression", "0");
    work.git("config", "core.bigFileThreshold", "1m");
    for (int at = 0; at < mebibytes; at += FILE) {
      write(work.folder.resolve("noise-" + at), at);
    }
    return work.commit();
  }

  private static void write(Path file, int seed) throws IOException {
    Random random = new Random(seed);
    byte[] block = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < FILE; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }

  private static long millis(Work work, String url) {
    long start = System.nanoTime();
    work.git("push", url, "main");
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }

  /** The slowest of a few small pushes, or of as many as there is time for. */
  private long slowestOf(GitServerProcess server, BooleanSupplier more) {
    List<Long> millis = new ArrayList<>();
    while (millis.size() < FEW || more.getAsBoolean()) {
      millis.add(millis(Work.function(folder), server.url("small-" + System.nanoTime())));
    }
    return Collections.max(millis);
  }
}
