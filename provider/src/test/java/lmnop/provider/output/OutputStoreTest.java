package lmnop.provider.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import lmnop.provider.api.LogReader;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputStoreTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private OutputStore store;

  @BeforeEach
  void open() throws IOException {
    store = new OutputStore(directory.resolve("kept"), Clock.systemUTC());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Path begin(String instance, String... secrets) throws IOException {
    Path printed = directory.resolve(instance);
    store.begin("default", "hello", instance, printed, List.of(secrets));
    return printed;
  }

  private static void print(Path printed, String text) throws IOException {
    print(printed, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void print(Path printed, byte[] bytes) throws IOException {
    Files.write(printed, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static LogRequest request(int tail, boolean follow) {
    return new LogRequest("hello", "default", null, tail, follow, null);
  }

  private List<LogLine> lines(LogRequest request) throws InterruptedException {
    List<LogLine> lines = new ArrayList<>();
    try (LogReader reader = store.read(request)) {
      Optional<List<LogLine>> next = reader.next(Duration.ZERO);
      while (next.isPresent()) {
        lines.addAll(next.get());
        next = reader.next(Duration.ZERO);
      }
    }
    return lines;
  }

  private List<String> texts() throws InterruptedException {
    return lines(request(-1, false)).stream().map(LogLine::text).toList();
  }

  @Test
  void givesEveryLineItsTimeAndInstance() throws Exception {
    Path printed = begin("one");
    print(printed, "first\nsecond\r\nhalf");
    await().atMost(PATIENCE).until(() -> texts().size() == 2);
    print(printed, " and half\n");
    await().atMost(PATIENCE).until(() -> texts().size() == 3);
    List<LogLine> lines = lines(request(-1, false));
    assertThat(lines).extracting(LogLine::text).containsExactly("first", "second", "half and half");
    assertThat(lines).extracting(LogLine::instance).containsOnly("one");
    assertThat(lines).extracting(LogLine::timestamp).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void keepsCharactersWholeThatArriveInPieces() throws Exception {
    Path printed = begin("one");
    byte[] bytes = "grüße €\n".getBytes(StandardCharsets.UTF_8);
    for (byte b : bytes) {
      print(printed, new byte[] {b});
      store.last("one", 1); // takes over what is there
    }
    assertThat(texts()).containsExactly("grüße €");
  }

  @Test
  void keepsTheLastWordsOfAnInstance() throws Exception {
    print(begin("one"), "no end of line");
    store.say("one", "ended with exit code 1");
    store.end("default", "hello", "one");
    assertThat(texts()).containsExactly("lmnop: ended with exit code 1", "no end of line");
  }

  @Test
  void cutsEndlessLines() throws Exception {
    print(begin("one"), "x".repeat(40_000) + "\nshort\n");
    store.end("default", "hello", "one");
    assertThat(texts().stream().map(String::length)).containsExactly(16_384, 16_384, 7_232, 5);
  }

  @Test
  void keepsTheNewestLinesInBoundedSpace() throws Exception {
    Path printed = begin("one");
    for (int round = 0; round < 40; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 1000; i++) {
        text.append("line ")
            .append(round * 1000 + i)
            .append(" ")
            .append("y".repeat(90))
            .append('\n');
      }
      print(printed, text.toString());
      store.last("one", 1);
    }
    List<String> texts = texts();
    assertThat(texts.getLast()).startsWith("line 39999 ");
    assertThat(texts).hasSizeBetween(9_000, 20_000);
    assertThat(size(directory.resolve("kept"))).isLessThan(3L << 20);
    assertThat(size(printed)).isLessThan(2L << 20);
    for (int i = 1; i < texts.size(); i++) {
      assertThat(number(texts.get(i))).isEqualTo(number(texts.get(i - 1)) + 1);
    }
  }

  private static int number(String line) {
    return Integer.parseInt(line.split(" ")[1]);
  }

  private static long size(Path path) throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      return all.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Test
  void saysThatAFloodIsLeftOut() throws Exception {
    Path printed = directory.resolve("one");
    byte[] flood = "z".repeat(99).concat("\n").repeat(200_000).getBytes(StandardCharsets.UTF_8);
    print(printed, flood);
    begin("one");
    await().atMost(PATIENCE).until(() -> texts().size() > 1);
    assertThat(texts()).anyMatch(line -> line.startsWith("lmnop: ") && line.contains("left out"));
    assertThat(size(printed)).isZero();
  }

  @Test
  void hidesSecrets() throws Exception {
    print(begin("one", "hunter2-secret", "a"), "my key is hunter2-secret, a word\n");
    store.end("default", "hello", "one");
    assertThat(texts()).containsExactly("my key is ***, a word");
  }

  @Test
  void hidesSecretsThatAreEncodedOrCutByTheLongestLine() throws Exception {
    String secret = "hunter2/secret";
    String encoded = Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8));
    String cut = "-".repeat(16 * 1024 - 8) + secret + "-";
    print(
        begin("one", secret), "?key=hunter2%%2Fsecret&\n%s\n%s\nnothing\n".formatted(encoded, cut));
    store.end("default", "hello", "one");
    assertThat(texts()).contains("?key=***&", "nothing");
    assertThat(String.join("\n", texts())).doesNotContain("hunter2", "secret", encoded);
  }

  @Test
  void goesOnWhereAnEarlierProcessStopped() throws Exception {
    Path printed = begin("one");
    print(printed, "before\n");
    store.last("one", 1);
    store.close();
    print(printed, "between\n");
    store = new OutputStore(directory.resolve("kept"), Clock.systemUTC());
    assertThat(texts()).containsExactly("before");
    begin("one");
    print(printed, "after\n");
    store.end("default", "hello", "one");
    assertThat(texts()).containsExactly("before", "between", "after");
  }

  @Test
  void showsTheNewestLinesOfAllInstancesInOrder() throws Exception {
    Path one = begin("one");
    Path two = begin("two");
    for (int i = 0; i < 10; i++) {
      print(one, "one " + i + "\n");
      store.last("one", 1);
      print(two, "two " + i + "\n");
      store.last("two", 1);
    }
    List<LogLine> all = lines(request(-1, false));
    assertThat(all).hasSize(20).extracting(LogLine::timestamp).isSorted();
    assertThat(lines(request(3, false))).isEqualTo(all.subList(17, 20));
    assertThat(lines(new LogRequest("hello", "default", "two", -1, false, null)))
        .hasSize(10)
        .allMatch(line -> line.text().startsWith("two"));
    assertThat(lines(new LogRequest("hello", "default", null, -1, false, all.get(15).timestamp())))
        .isEqualTo(all.subList(15, 20));
  }

  @Test
  void followsInstancesThatStartLater() throws Exception {
    print(begin("one"), "early\n");
    List<String> seen = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        LogReader reader = store.read(request(-1, true))) {
      Future<?> following =
          threads.submit(() -> {
            while (seen.size() < 3) {
              reader.next(PATIENCE).orElseThrow().forEach(line -> seen.add(line.text()));
            }
            return null;
          });
      print(begin("two"), "later\nlatest\n");
      following.get();
    }
    assertThat(seen).containsExactly("early", "later", "latest");
  }

  @Test
  void aFollowerLearnsThatTheWorkloadIsGone() throws Exception {
    begin("one");
    try (LogReader reader = store.read(request(-1, true))) {
      assertThat(reader.next(Duration.ZERO)).hasValue(List.of());
      store.end("default", "hello", "one");
      store.remove("default", "hello", "one");
      reader.next(Duration.ZERO);
      assertThat(reader.next(Duration.ZERO)).isEmpty();
    }
  }

  @Test
  void keepsTheLastFewInstancesThatEnded() throws Exception {
    for (int i = 0; i < 9; i++) {
      print(begin("i" + i), "from " + i + "\n");
      store.end("default", "hello", "i" + i);
    }
    assertThat(texts()).containsExactly("from 4", "from 5", "from 6", "from 7", "from 8");
  }
}
