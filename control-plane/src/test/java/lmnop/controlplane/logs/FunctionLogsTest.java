package lmnop.controlplane.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.database.Database;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lines of a function's workloads, as one log. */
@Timeout(60)
final class FunctionLogsTest {
  private static final Instant BEGIN = Instant.parse("2026-01-31T12:00:00Z");

  private final AtomicInteger seconds = new AtomicInteger();
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return BEGIN.plusSeconds(seconds.get());
        }
      };
  private final TestDatabase postgres = new TestDatabase();
  private final Database database = postgres.as("lmnop_control");
  private final FakeFunctionProvider provider = new FakeFunctionProvider(clock);
  private final FunctionLogs logs = new FunctionLogs(database, provider);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void addFunction() {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (name) VALUES ('default');
        INSERT INTO functions (id, owner_id, name) SELECT 1, id, 'hello' FROM owners;
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy)
          SELECT n, 1, n, repeat(n::text, 40), 'bundle@sha256:' || n, 'python3', '{}', '{}'
          FROM generate_series(1, 3) AS n;
        INSERT INTO releases (id, cause, actor, state)
          SELECT n, 'push', 'dev', 'DONE' FROM generate_series(1, 3) AS n;
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload)
          SELECT n, 1, n, 'default', 'hello-' || n FROM generate_series(1, 3) AS n;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 2, 'default', 'hello-2', 100);
        """);
    runs(1);
    runs(2);
  }

  /** A workload is there: one that drains, or one that serves. */
  private void runs(int revision) {
    provider.run("hello-" + revision, "bundle@sha256:" + revision, "default");
    postgres.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available) VALUES ('default', 'hello-%d', 1, 1)"
            .formatted(revision));
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    database.close();
    postgres.close();
  }

  private void print(int second, int revision, String text) {
    seconds.set(second);
    provider.print("hello-" + revision, "default", text);
  }

  private static WantedLines wanted(
      @Nullable Instant since, int tail, @Nullable Integer revision, String contains) {
    return new WantedLines(
        OwnerName.DEFAULT, new FunctionName("hello"), since, tail, null, revision, contains);
  }

  private static LineSink into(List<String> texts) {
    return new LineSink() {
      @Override
      public void line(PrintedLine line) {
        texts.add(line.revision() + " " + line.text());
      }

      @Override
      public void nothing() {}
    };
  }

  private List<String> read(WantedLines wanted) throws IOException {
    List<String> texts = new ArrayList<>();
    logs.read(wanted, into(texts));
    return texts;
  }

  @Test
  void theLinesOfAllWorkloadsAreOneLogInTheOrderOfTheirTimes() throws IOException {
    print(1, 1, "a");
    print(2, 2, "b");
    print(3, 1, "c");
    print(4, 2, "d");
    print(4, 2, "\u001b[31mred\u001b[0m");
    assertThat(read(wanted(null, 0, null, "")))
        .containsExactly("1 a", "2 b", "1 c", "2 d", "2 red");
    assertThat(read(wanted(null, 2, null, ""))).containsExactly("2 d", "2 red");
    assertThat(read(wanted(BEGIN.plusSeconds(3), 0, null, "")))
        .containsExactly("1 c", "2 d", "2 red");
    assertThat(read(wanted(null, 0, 1, ""))).containsExactly("1 a", "1 c");
    assertThat(read(wanted(null, 1, null, "a"))).containsExactly("1 a");
  }

  @Test
  void whoFollowsGetsEveryLineOnceOverAnotherReleaseAndAProviderThatWasAway() throws Exception {
    print(1, 1, "a");
    print(2, 2, "b");
    List<String> texts = new CopyOnWriteArrayList<>();
    Future<?> following =
        threads.submit(() -> {
          logs.follow(wanted(null, 0, null, ""), into(texts));
          return null;
        });
    await().untilAsserted(() -> assertThat(texts).containsExactly("1 a", "2 b"));
    provider.failNext(new ProviderException(0, "it is away"));
    provider.failNext(new ProviderException(0, "it is away"));
    print(2, 2, "c");
    await().untilAsserted(() -> assertThat(texts).containsExactly("1 a", "2 b", "2 c"));
    runs(3);
    print(3, 3, "d");
    await().untilAsserted(() -> assertThat(texts).endsWith("3 d").hasSize(4));
    postgres.execute("DELETE FROM lmnop.workloads WHERE name = 'hello-1'");
    print(5, 3, "e");
    await().untilAsserted(() -> assertThat(texts).endsWith("3 e").hasSize(5));
    following.cancel(true);
    await().until(following::isDone);
  }

  @Test
  void whoLeavesEndsTheFollowing() {
    LineSink gone =
        new LineSink() {
          @Override
          public void line(PrintedLine line) {}

          @Override
          public void nothing() throws IOException {
            throw new IOException("the client left");
          }
        };
    assertThatThrownBy(() -> logs.follow(wanted(null, 0, null, ""), gone))
        .hasMessage("the client left");
  }

  private List<String> typed(String... words) throws Exception {
    List<String> out = new ArrayList<>();
    new LogsCommand(logs, clock, false, out::add).run(words);
    return out;
  }

  @Test
  void anOperatorReadsWhatHeAsksFor() throws Exception {
    print(1, 1, "old");
    print(100, 2, "new one");
    print(101, 2, "new two");
    assertThat(typed("hello", "--since", "5s")).hasSize(2);
    assertThat(typed("hello", "--tail", "1"))
        .containsExactly("2026-01-31T12:01:41Z  hello-2-1  new two");
    assertThat(typed("hello", "--contains", "one", "--json"))
        .singleElement()
        .isEqualTo(
            "{\"at\":\"2026-01-31T12:01:40Z\",\"revision\":2,\"commit\":\"%s\",\"instance\":\"hello-2-1\",\"text\":\"new one\"}"
                .formatted("2".repeat(40)));
    print(102, 2, "\u001b[31mred\u001b[2J");
    List<String> shown = new ArrayList<>();
    new LogsCommand(logs, clock, true, shown::add).run("hello", "--tail", "1");
    assertThat(shown).singleElement().asString().endsWith("\u001b[31mred\u001b[0m");
    assertThat(typed("hello", "--tail", "1")).singleElement().asString().endsWith("  red");
    assertThatThrownBy(() -> typed("hello", "--since", "soon")).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> typed("hello", "--tail", "0")).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> typed("hello", "again")).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> typed("--follow")).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> typed("nobody"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has no function 'nobody'");
    provider.failNext(new ProviderException(0, "it is away"));
    assertThatThrownBy(() -> typed("hello"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("it is away");
  }
}
