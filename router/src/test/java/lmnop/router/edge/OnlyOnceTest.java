package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Functions that leave at every moment: what may not be done twice is not done twice. */
@Tag(Reliability.TAG)
@Timeout(600)
final class OnlyOnceTest {
  private static final String HOST = "once.example.com";
  private static final int CLIENTS = 8;

  private final Map<String, AtomicInteger> done = new ConcurrentHashMap<>();
  private final AtomicInteger failed = new AtomicInteger();
  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start();
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  /** Notes which request it got, and then does what is worst for whoever would send it again. */
  private void note(Origin.Conversation conversation, SplittableRandom random)
      throws IOException, InterruptedException {
    while (true) {
      String request = conversation.request();
      if (request == null) {
        return;
      }
      String id = Objects.requireNonNull(Http.header(request, "x-id"));
      done.computeIfAbsent(id, key -> new AtomicInteger()).incrementAndGet();
      switch (random.nextInt(8)) {
        case 0 -> {
          conversation.reset();
          return;
        }
        case 1 -> {
          return; // without an answer
        }
        case 2 -> {
          conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          conversation.reset();
          return;
        }
        case 3 -> {
          conversation.send("HTTP/1.1 200");
          return;
        }
        case 4 -> {
          conversation.send(Origin.ok(id));
          return; // although it said nothing of that
        }
        case 5 -> {
          conversation.send(Origin.ok(id));
          TimeUnit.MICROSECONDS.sleep(random.nextInt(2000));
          return;
        }
        default -> conversation.send(Origin.ok(id));
      }
    }
  }

  /** Answers, and closes its connection a moment after some of its answers. */
  private static void answerAndLeave(Origin.Conversation conversation, SplittableRandom random)
      throws IOException, InterruptedException {
    while (true) {
      String request = conversation.request();
      if (request == null) {
        return;
      }
      conversation.send(Origin.ok(Objects.requireNonNull(Http.header(request, "x-id"))));
      if (random.nextInt(4) == 0) {
        TimeUnit.MICROSECONDS.sleep(random.nextInt(1000));
        return;
      }
    }
  }

  private void ask(int client, int count, String method) {
    Visitor visitor = null;
    try {
      for (int i = 0; i < count; i++) {
        String id = client + "-" + i;
        try {
          visitor = visitor == null ? router.visit() : visitor;
          String body = method.equals("GET") ? "" : "Content-Length: 2\r\n";
          visitor.send(
              method
                  + " / HTTP/1.1\r\nHost: "
                  + HOST
                  + "\r\nX-Id: "
                  + id
                  + "\r\n"
                  + body
                  + "\r\n"
                  + (body.isEmpty() ? "" : "hi"));
          Visitor.Reply reply = visitor.reply();
          if (reply.status() != 200 || !reply.body().equals(id)) {
            failed.incrementAndGet();
          }
        } catch (IOException e) {
          failed.incrementAndGet();
          visitor = left(visitor);
        }
      }
    } finally {
      left(visitor);
    }
  }

  private static @org.jspecify.annotations.Nullable Visitor left(
      @org.jspecify.annotations.Nullable Visitor visitor) {
    try {
      if (visitor != null) {
        visitor.close();
      }
    } catch (IOException e) {
      assertThat(e).as("closing a socket").isNull();
    }
    return null;
  }

  private void askAll(int count, String method) throws InterruptedException {
    Thread[] clients = new Thread[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      clients[i] = Thread.ofVirtual().start(() -> ask(client, count / CLIENTS, method));
    }
    for (Thread client : clients) {
      client.join();
    }
  }

  @Test
  void noPostReachesAFunctionTwice() throws Exception {
    int count = Thorough.isAskedFor() ? 10_000 : 504;
    SplittableRandom random = new SplittableRandom(24);
    try (Origin origin = Origin.start(conversation -> note(conversation, fork(random)))) {
      router.routes.put(HOST, "once", MapRoutes.share("once-a", origin.port()));
      askAll(count, "POST");
    }
    long twice = done.values().stream().filter(times -> times.get() > 1).count();
    Reliability.atLeast("R24", "POSTs that a failing function got", done.size(), count * 9L / 10);
    assertThat(failed.get()).as("the function did fail").isGreaterThan(count / 4);
    Reliability.atMost("R24", "of these that it got twice", twice, 0);
  }

  @Test
  void noGetFailsBecauseAnIdleConnectionWasClosed() throws Exception {
    int count = Thorough.isAskedFor() ? 50_000 : 2000;
    SplittableRandom random = new SplittableRandom(25);
    try (Origin origin = Origin.start(conversation -> answerAndLeave(conversation, fork(random)))) {
      router.routes.put(HOST, "once", MapRoutes.share("once-a", origin.port()));
      askAll(count, "GET");
      assertThat(origin.connections()).as("connections were closed").isGreaterThan(count / 8);
    }
    Reliability.atMost("R24", "GETs failed of " + count + ", idle ones closed", failed.get(), 0);
  }

  private static SplittableRandom fork(SplittableRandom random) {
    synchronized (random) {
      return random.split();
    }
  }
}
