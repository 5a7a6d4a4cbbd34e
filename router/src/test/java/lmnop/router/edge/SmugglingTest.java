package lmnop.router.edge;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each request that could be read in two ways is followed by an innocent one. Either the first is
 * refused and the connection closed, or both arrive, each as what it is.
 */
@Tag(Reliability.TAG)
@Timeout(300)
final class SmugglingTest {
  private static final long SEED = 7;
  private static final String CANARY =
      "GET /canary HTTP/1.1\r\nHost: " + Gadgets.HOST_NAME + "\r\nConnection: close\r\n\r\n";
  private static final String CANARY_SEEN = "GET /canary " + Gadgets.HOST_NAME + " 0";

  @Test
  void nothingIsReadInTwoWays() throws Exception {
    List<Gadgets.Gadget> gadgets = chosen();
    List<String> ambiguous = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    int answered = 0;
    try (EdgeFixture router = EdgeFixture.start();
        Witness witness = Witness.start()) {
      router.routes.put(Gadgets.HOST_NAME, "hello", MapRoutes.share("hello-a", witness.port()));
      for (Gadgets.Gadget gadget : gadgets) {
        List<Visitor.Reply> replies = send(router, gadget);
        answered += (int) replies.stream().filter(reply -> Witness.seen(reply) != null).count();
        if (isRefusal(replies)) {
          if (gadget.mustPass()) {
            refused.add(told(gadget, replies));
          }
        } else if (!isUnderstood(gadget, replies)) {
          ambiguous.add(told(gadget, replies));
        }
      }
      show(ambiguous);
      show(refused);
      Reliability.atLeast("R03", "ambiguous requests tried", gadgets.size(), 1_900);
      Reliability.atMost("R03", "of them read in another way", ambiguous.size(), 0);
      Reliability.atMost("R03", "plain ones that were refused", refused.size(), 0);
      long unseen = Math.abs(witness.requests() - answered);
      Reliability.atMost("R03", "requests that the function got and nobody sent", unseen, 0);
      long counted = EdgeCounts.of(router, "answered");
      Reliability.atMost(
          "R03", "requests that the router did not count", Math.abs(counted - answered), 0);
    }
  }

  /** Every one, or two of five. */
  private static List<Gadgets.Gadget> chosen() {
    List<Gadgets.Gadget> all = new ArrayList<>(Gadgets.all());
    if (!Thorough.isAskedFor()) {
      Collections.shuffle(all, new Random(SEED));
      return all.subList(0, all.size() * 2 / 5);
    }
    return all;
  }

  private static List<Visitor.Reply> send(EdgeFixture router, Gadgets.Gadget gadget)
      throws IOException {
    try (Visitor visitor = router.visit()) {
      visitor.patience(Duration.ofSeconds(10));
      try {
        return visitor.send(gadget.text() + CANARY).replies();
      } catch (SocketTimeoutException e) {
        return List.of();
      }
    }
  }

  private static boolean isRefusal(List<Visitor.Reply> replies) {
    return replies.size() == 1
        && Witness.seen(replies.getFirst()) == null
        && List.of(400, 414, 431, 501, 505).contains(replies.getFirst().status());
  }

  private static boolean isUnderstood(Gadgets.Gadget gadget, List<Visitor.Reply> replies) {
    if (replies.size() != 2 || !CANARY_SEEN.equals(Witness.seen(replies.get(1)))) {
      return false;
    }
    String seen = Objects.requireNonNullElse(Witness.seen(replies.getFirst()), Gadgets.NOWHERE);
    return gadget.meanings().contains(seen);
  }

  private static String told(Gadgets.Gadget gadget, List<Visitor.Reply> replies) {
    String text = gadget.text().replace("\r", "\\r").replace("\n", "\\n");
    return text.substring(0, Math.min(300, text.length()))
        + " -> "
        + replies.stream().map(reply -> reply.status() + " " + Witness.seen(reply)).toList();
  }

  private static void show(List<String> wrong) {
    wrong.stream().limit(40).forEach(System.err::println);
  }
}
