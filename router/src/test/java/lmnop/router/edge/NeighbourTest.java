package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import lmnop.testkit.Reliability;
import lmnop.testkit.TestDatabase;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One function that hangs, floods or dribbles, and another that shares the router with it. */
@Tag(Reliability.TAG)
final class NeighbourTest {
  private static final String GOOD = "good.apps.example.com";
  private static final String BAD = "bad.apps.example.com";
  private static final int PER_SECOND = 500;
  private static final int PER_SECOND_WARMING = 2500;
  private static final int CALLS = byLength(50_000, 3300, 2000);
  private static final int TURNS = byLength(11, 11, 1);
  private static final int WARM_UP = byLength(10_000, 5000, 500);
  private static final int PLACES = 4;
  private static final int QUEUE = 20;

  @TempDir private Path folder;
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<Visitor> visitors = new ArrayList<>();
  private TestDatabase database;
  private Rows rows;
  private RouterProcess router;
  private Origin good;
  private Callers.Report quiet;

  /** A hundredth of few calls says little, which matters only where somebody looks at it. */
  private static int byLength(int thorough, int measured, int otherwise) {
    if (Thorough.isAskedFor()) {
      return thorough;
    }
    return Reliability.isMeasured() ? measured : otherwise;
  }

  /**
   * The router is a process of its own: what watches the tests' own code takes none of its time.
   */
  @BeforeEach
  void start() throws Exception {
    database = new TestDatabase();
    rows = new Rows(database);
    good = Origin.answering(Origin.ok("good"));
    rows.release("good", "{}", good.port());
    router =
        new RouterProcess(folder, database.settings("lmnop_router"), "edge.drain-time=200ms")
            .with("-XX:TieredStopAtLevel=4") // it is measured as it gets when it is warm
            .start()
            .awaitCurrent();
    good(WARM_UP, PER_SECOND_WARMING);
    quiet = good(2 * PER_SECOND);
  }

  /** Adds the function that misbehaves. */
  private void misbehaves(String policy, Origin bad) {
    rows.release("bad", policy, bad.port());
    await().until(() -> router.metric("lmnop_router_routes") == 2);
  }

  @AfterEach
  void stop() throws Exception {
    end.countDown();
    for (Visitor visitor : visitors) {
      visitor.close();
    }
    router.close();
    good.close();
    database.close();
  }

  private Callers.Report good(int calls) throws InterruptedException {
    return good(calls, PER_SECOND);
  }

  private Callers.Report good(int calls, int perSecond) throws InterruptedException {
    try (Callers callers = Callers.start(router.port(), GOOD, "/", 20, perSecond)) {
      await().atMost(Duration.ofMinutes(5)).until(() -> callers.ended() >= calls);
      return callers.stop();
    }
  }

  private void visitBad(int port, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      visitors.add(new Visitor(port).get(BAD, "/"));
    }
  }

  private Callers.Report whileVisited(int port, int times, int readers, int calls, int perSecond)
      throws Exception {
    visitBad(port, times);
    read(readers);
    try {
      return good(calls, perSecond);
    } finally {
      for (Visitor visitor : visitors) {
        visitor.close();
      }
      visitors.clear();
    }
  }

  /**
   * Has it visited past the router and through it by turns, in the same way: what it and its
   * visitors take of the processors is not the router's doing, and so no measure of it.
   */
  private void othersAreWellBeside(String what, Origin bad, int times, int readers, int calls)
      throws Exception {
    whileVisited(router.port(), times, readers, WARM_UP, PER_SECOND_WARMING);
    List<Callers.Report> past = new ArrayList<>();
    List<Callers.Report> through = new ArrayList<>();
    for (int turn = 0; turn < TURNS; turn++) {
      past.add(whileVisited(bad.port(), times, readers, calls / TURNS, PER_SECOND));
      through.add(whileVisited(router.port(), times, readers, calls / TURNS, PER_SECOND));
    }
    othersAreWell(what, through, past);
  }

  private void read(int readers) {
    for (Visitor visitor : visitors.subList(0, readers)) {
      Thread.ofVirtual().start(() -> readAll(visitor));
    }
  }

  /**
   * Compares each turn with the one just before it, and takes the pair in the middle: what else the
   * machine does for a second or two is not the router's doing.
   */
  private void othersAreWell(
      String what, List<Callers.Report> turnsBeside, List<Callers.Report> turnsWithout) {
    Callers.Report beside = Callers.Report.of(turnsBeside);
    assertThat(beside.outcomes()).containsOnlyKeys("200");
    Reliability.atMost(
        "R27", "beside " + what + ": failed requests of " + beside.sent(), beside.failed(), 0);
    long[] percents = new long[turnsBeside.size()];
    for (int i = 0; i < percents.length; i++) {
      percents[i] = p99(turnsBeside.get(i)) * 100 / p99(turnsWithout.get(i));
    }
    Arrays.sort(percents);
    Reliability.say(
        "R27",
        "beside " + what + ": p99 in percent of a time without its requests",
        percents[percents.length / 2],
        150);
  }

  private static long p99(Callers.Report turn) {
    return turn.perMille(990).toNanos();
  }

  @Test
  void aFunctionThatHangs() throws Exception {
    try (Origin bad =
        Origin.start(conversation -> {
          conversation.request();
          end.await();
        })) {
      misbehaves(
          "{\"concurrencyLimit\": %d, \"concurrencyQueue\": %d}".formatted(PLACES, QUEUE), bad);
      visitBad(router.port(), 200);
      int refused = 200 - PLACES - QUEUE;
      await()
          .until(() ->
              router.management("/metrics").contains("outcome=\"all_busy\"} " + refused + "\n"));
      assertThat(router.metric("lmnop_router_waiting")).isEqualTo(QUEUE); // for as long as they may
      othersAreWell("one that hangs", List.of(good(CALLS)), List.of(quiet));
      Reliability.atMost("R27", "requests that a hanging function got", bad.heads().size(), PLACES);
    }
  }

  @Test
  void aFunctionThatHangsAndSaysNoLimit() throws Exception {
    try (Origin bad =
        Origin.start(conversation -> {
          conversation.request();
          end.await();
        })) {
      misbehaves("{}", bad);
      visitBad(router.port(), 500);
      await().until(() -> bad.heads().size() == 500);
      othersAreWell("one that hangs without a limit", List.of(good(CALLS)), List.of(quiet));
    }
  }

  @Test
  void aFunctionThatFloods() throws Exception {
    byte[] piece = new byte[64 * 1024];
    Arrays.fill(piece, (byte) 'x');
    try (Origin bad =
        Origin.start(conversation -> {
          conversation.request();
          conversation.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
          while (end.getCount() > 0) {
            conversation.out().write(piece);
          }
        })) {
      misbehaves("{}", bad);
      othersAreWellBeside("one that floods", bad, 20, 2, CALLS); // most never read
    }
  }

  private static void readAll(Visitor visitor) {
    try {
      visitor.in().transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      // closed at the end
    }
  }

  @Test
  void aFunctionThatDribbles() throws Exception {
    try (Origin bad =
        Origin.start(conversation -> {
          conversation.request();
          conversation.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
          while (!end.await(20, java.util.concurrent.TimeUnit.MILLISECONDS)) {
            conversation.send(".");
          }
        })) {
      misbehaves("{}", bad);
      othersAreWellBeside("one that dribbles", bad, 100, 100, CALLS);
    }
  }
}
