package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import lmnop.controlplane.git.Recorder.Recorded;
import lmnop.testkit.FileTree;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the real git sent, a thousand times with something broken in it. Every request is answered,
 * none with an error of the server, and nothing of them stays.
 */
@RequiresTool("git")
@Tag(Reliability.TAG)
@SuppressWarnings("NullAway.Init")
class MutatedRequestTest {
  private static final int REQUESTS = Thorough.isAskedFor() ? 10_000 : 1000;
  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final int AT_ONCE = 4;
  private static final long SEED = 20261121;

  /** How a request ended. */
  private record Answered(int status, long millis) {}

  private final Queue<Answered> answered = new ConcurrentLinkedQueue<>();

  @TempDir Path folder;

  @Test
  void isAnsweredAndLeavesNothing() throws Exception {
    Map<String, String> limits = Map.of("places", "8", "pack.delta-memory", "16MB");
    try (GitServer server = new GitServer(GitServer.settings(limits))) {
      List<Recorded> recorded = record(server);
      assertThat(recorded).extracting(Recorded::service).contains("git-upload-pack");
      server.deployer.becomes((push, line) -> new Deployer.Verdict.Refused("not now"));
      sendAll(server, recorded, 50); // what is loaded by the first requests is no leak
      long files = openFiles();
      int threads = Thread.activeCount();
      answered.clear();
      sendAll(server, recorded, REQUESTS);
      Reliability.atMost(
          "R32",
          "answers with a fault of the server to " + REQUESTS + " broken requests",
          answered.stream().filter(answer -> answer.status() >= 500).count(),
          0);
      Reliability.say(
          "R32",
          "milliseconds until the slowest of them was answered",
          answered.stream().mapToLong(Answered::millis).max().orElse(0),
          LONGEST.toMillis());
      await()
          .untilAsserted(() -> {
            assertThat(leftovers(server)).isEmpty();
            assertThat(openFiles()).isLessThan(files + 25); // packs that JGit keeps open
            assertThat(Thread.activeCount()).isLessThan(threads + 10);
          });
      Work work = Work.init(folder);
      assertThat(work.tryGit("-C", server.folder("there").toString(), "fsck").succeeded()).isTrue();
      server.deployer.becomesUsual();
      Work.function(folder).git("push", server.url("afterwards"), "main");
    }
  }

  /** A first push, a push with deltas and a tag, and fetches in both versions of the protocol. */
  private List<Recorded> record(GitServer server) throws IOException {
    try (Recorder recorder = new Recorder(server.web.port())) {
      String url = server.url("there").replace(":" + server.web.port(), ":" + recorder.port());
      Work work = Work.function(folder).commit("long.txt", "a line of many\n".repeat(200));
      work.git("push", url, "main");
      work.commit("long.txt", "a line of many\n".repeat(201) + "end")
          .git("tag", "-a", "v1", "-m", "x");
      work.git("push", url, "main", "v1");
      for (String version : List.of("0", "2")) {
        Work.empty(folder).git("-c", "protocol.version=" + version, "clone", "-q", url, ".");
        Work.empty(folder)
            .git("-c", "protocol.version=" + version, "clone", "-q", "--depth", "1", url, ".");
      }
      return recorder.requests();
    }
  }

  private void sendAll(GitServer server, List<Recorded> recorded, int count) throws Exception {
    List<Callable<Void>> work = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Random random = new Random(SEED + i);
      work.add(() -> send(server, recorded, random));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      for (Future<Void> sent : threads.invokeAll(work)) {
        sent.get();
      }
    }
  }

  private Void send(GitServer server, List<Recorded> recorded, Random random) throws Exception {
    Recorded one = recorded.get(random.nextInt(recorded.size()));
    byte[] body = one.body();
    for (int i = 0; i <= random.nextInt(3); i++) {
      body = mutated(body, recorded, random);
    }
    String name = random.nextBoolean() ? "there" : "new-" + random.nextInt(5);
    HttpRequest.Builder request =
        RawPush.post(server, name, one.service(), body).header("Git-Protocol", one.protocol());
    if (one.packed()) {
      request.header("Content-Encoding", "gzip");
    }
    long start = System.nanoTime();
    HttpResponse<String> answer = RawPush.send(request);
    answered.add(
        new Answered(answer.statusCode(), Duration.ofNanos(System.nanoTime() - start).toMillis()));
    if (answer.statusCode() >= 500) {
      System.err.println(one.service() + ": " + answer.body());
    }
    return null;
  }

  private static byte[] mutated(byte[] body, List<Recorded> recorded, Random random) {
    if (body.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    byte[] changed = body.clone();
    int at = random.nextInt(body.length);
    int length = 1 + random.nextInt(Math.min(64, body.length - at));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (random.nextInt(8)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> changed[at] = (byte) random.nextInt();
      case 2 -> Arrays.fill(changed, at, at + length, (byte) (random.nextBoolean() ? 0 : 0xff));
      case 3 -> changed = Arrays.copyOf(body, at);
      case 4 -> { // something left out
        out.write(body, 0, at);
        out.write(body, at + length, body.length - at - length);
      }
      case 5 -> { // something twice
        out.write(body, 0, at + length);
        out.write(body, at, body.length - at);
      }
      case 6 -> { // the length of a line
        byte[] digits = PackBuilder.bytes("%04x".formatted(random.nextInt(65536)));
        int start = random.nextBoolean() ? 0 : Math.min(at, Math.max(0, body.length - 4));
        System.arraycopy(digits, 0, changed, start, Math.min(4, body.length - start));
      }
      default -> { // the end of another one
        byte[] other = recorded.get(random.nextInt(recorded.size())).body();
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        out.write(body, 0, at);
        out.write(other, from, other.length - from);
      }
    }
    return out.size() > 0 ? out.toByteArray() : changed;
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  /** Quarantines, packs that were not finished, and repositories that nobody owns. */
  private static List<String> leftovers(GitServer server) throws IOException {
    long rows = server.count("SELECT count(*) AS n FROM repositories");
    List<String> left =
        new ArrayList<>(
            FileTree.of(server.repositories.root()).stream()
                .map(Path::toString)
                .filter(path -> path.matches(".*(incoming/.*|incoming_.*|unclaimed|\\.lock)"))
                .toList());
    try (Stream<Path> folders = Files.list(server.repositories.root())) {
      if (folders.count() != rows) {
        left.add("there are " + rows + " rows of repositories");
      }
    }
    return left;
  }
}
