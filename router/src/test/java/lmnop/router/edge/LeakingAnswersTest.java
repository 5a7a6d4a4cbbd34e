package lmnop.router.edge;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a function answers to one client, nothing of it reaches the next one. */
@Tag(Reliability.TAG)
@Timeout(600)
final class LeakingAnswersTest {
  private static final String HOST = "hello.example.com";
  private static final String HEAD = " HTTP/1.1\r\nHost: " + HOST + "\r\n";
  private static final List<String> REQUESTS =
      List.of(
          "GET @" + HEAD + "\r\n",
          "HEAD @" + HEAD + "\r\n",
          "POST @" + HEAD + "Content-Length: 5\r\n\r\nhello",
          "POST @" + HEAD + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

  /** When the poison comes. */
  private enum Moment {
    TOGETHER,
    NEVER_AND_CLOSES,
    AFTER_THE_ANSWER,
    /** The request's body is left where it is. */
    BEFORE_THE_BODY
  }

  private record Case(String request, String answer, Moment moment) {}

  private final List<Case> cases = new ArrayList<>();
  private final AtomicInteger strange = new AtomicInteger();
  private final Semaphore poison = new Semaphore(0);
  private final Semaphore closed = new Semaphore(0);

  @Test
  void nothingReachesTheNextClient() throws Exception {
    for (String answer : EvilAnswers.all()) {
      for (String request : REQUESTS) {
        for (Moment moment : Moment.values()) {
          cases.add(new Case(request, answer, moment));
        }
      }
    }
    int step = Thorough.isAskedFor() ? 1 : 5;
    int tried = 0;
    int leaks = 0;
    try (EdgeFixture router =
            EdgeFixture.start(
                "event-loops", "1", "first-byte-time", "300ms", "answer-idle-time", "300ms");
        Origin origin = Origin.start(this::misbehave)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      for (int i = 0; i < cases.size(); i += step) {
        attack(router, i);
        tried++;
        if (isLeaked(router, i)) {
          leaks++;
          System.err.println("after case " + i + " " + cases.get(i));
        }
      }
    }
    Reliability.atLeast("R05", "answers of hostile functions", tried, 300);
    Reliability.atMost("R05", "of them that reached another client", leaks, 0);
    Reliability.atMost("R05", "bytes of one client in another's request", strange.get(), 0);
  }

  private void attack(EdgeFixture router, int number) throws Exception {
    Case current = cases.get(number);
    poison.drainPermits();
    closed.drainPermits();
    try (Visitor visitor = router.visit()) {
      visitor.patience(Duration.ofSeconds(5)).send(current.request.replace("@", "/evil/" + number));
      try {
        read(visitor, current.request.startsWith("HEAD"));
      } catch (IOException | NumberFormatException e) {
        // cut off, as it should be
      }
      if (current.moment == Moment.AFTER_THE_ANSWER) {
        poison.release();
        closed.tryAcquire(10, TimeUnit.SECONDS);
      }
    }
  }

  /** Reads to the end of the answer, beyond those that come before it. */
  private static void read(Visitor visitor, boolean headAlone) throws IOException {
    String head = visitor.head();
    while (head.startsWith("HTTP/1.1 1")) {
      head = visitor.head();
    }
    if (!headAlone && !head.matches("(?s)HTTP/1.1 (204|205|304) .*")) {
      Http.readBody(visitor.in(), head);
    }
  }

  private static boolean isLeaked(EdgeFixture router, int number) throws IOException {
    Visitor.Reply reply = router.get(HOST, "/canary/" + number);
    boolean mine = reply.body().equals("canary " + number) && reply.status() == 200;
    if (!mine || reply.head().contains("LEAK")) {
      System.err.println(reply);
      return true;
    }
    return false;
  }

  private void misbehave(Origin.Conversation conversation)
      throws IOException, InterruptedException {
    for (String head = conversation.head(); head != null; head = conversation.head()) {
      String path = head.split(" ")[1];
      if (head.startsWith("GET /canary/")) {
        conversation.send(Origin.ok("canary " + path.substring("/canary/".length())));
      } else if (path.startsWith("/evil/")) {
        Case current = cases.get(Integer.parseInt(path.substring("/evil/".length())));
        answer(conversation, head, current);
        if (current.moment == Moment.NEVER_AND_CLOSES) {
          return;
        }
      } else {
        strange.incrementAndGet();
        System.err.println("a request that nobody sent: " + head);
      }
    }
  }

  private void answer(Origin.Conversation conversation, String head, Case current)
      throws IOException, InterruptedException {
    boolean hasBody = head.startsWith("POST");
    if (hasBody && current.moment != Moment.BEFORE_THE_BODY) {
      Http.readBody(conversation.in(), head);
    }
    switch (current.moment) {
      case TOGETHER -> conversation.send(current.answer + EvilAnswers.POISON);
      case NEVER_AND_CLOSES, BEFORE_THE_BODY -> conversation.send(current.answer);
      case AFTER_THE_ANSWER -> {
        try {
          conversation.send(current.answer);
          poison.tryAcquire(10, TimeUnit.SECONDS);
          conversation.send(EvilAnswers.POISON);
          conversation.in().read();
        } finally {
          closed.release();
        }
      }
    }
    if (hasBody && current.moment == Moment.BEFORE_THE_BODY) {
      Http.readBody(conversation.in(), head); // an honest one reads it in the end
    }
  }
}
