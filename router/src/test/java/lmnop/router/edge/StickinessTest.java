package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RoutePolicy.Sticky;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that belong together meet one revision while two share the traffic. */
final class StickinessTest {
  private static final String HOST = "f.apps.example.com";

  private Origin older;
  private Origin newer;
  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    older = Origin.answering(Origin.ok("older"));
    newer = Origin.answering(Origin.ok("newer"));
    router = EdgeFixture.start();
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
    older.close();
    newer.close();
  }

  private void split(@Nullable Sticky sticky, int newerWeight) {
    RoutePolicy policy =
        new RoutePolicy(null, null, null, null, null, null, null, null, null, null, null, sticky);
    Share one = MapRoutes.weighted("f-1", 100 - newerWeight, policy, older.port());
    Share two = MapRoutes.weighted("f-2", newerWeight, policy, newer.port());
    router.routes.put(HOST, "f", one, two);
  }

  private Visitor.Reply ask(String header) throws IOException {
    try (Visitor visitor = router.visit()) {
      return visitor.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + header + "\r\n").reply();
    }
  }

  private static String cookie(Visitor.Reply reply) {
    String cookie = String.valueOf(reply.header("set-cookie"));
    assertThat(cookie).matches("lmnop-split-[0-9a-z-]+=[0-9]{1,3}; Path=/; HttpOnly; SameSite=Lax");
    return cookie.substring(0, cookie.indexOf(';'));
  }

  @Test
  void aCookieKeepsAClientWithItsRevision() throws Exception {
    split(Sticky.COOKIE, 50);
    Set<String> met = new HashSet<>();
    for (int client = 0; client < 30; client++) {
      Visitor.Reply first = ask("");
      met.add(first.body());
      String cookie = cookie(first);
      for (int i = 0; i < 5; i++) {
        Visitor.Reply again = ask("Cookie: a=b; " + cookie + "; c=d\r\n");
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.header("set-cookie")).as("only once").isNull();
      }
    }
    assertThat(met).containsExactlyInAnyOrder("older", "newer");
  }

  @Test
  void aCallIdMeetsTheSameRevisionEachTime() throws Exception {
    split(Sticky.CALL_ID, 50);
    Set<String> met = new HashSet<>();
    for (int call = 0; call < 30; call++) {
      String header = "X-Call-Id: call-" + call + "\r\n";
      Visitor.Reply first = ask(header);
      met.add(first.body());
      assertThat(first.header("set-cookie")).isNull();
      for (int i = 0; i < 5; i++) {
        assertThat(ask(header).body()).isEqualTo(first.body());
      }
    }
    assertThat(met).containsExactlyInAnyOrder("older", "newer");
  }

  @Test
  void whatIsNoPlaceIsGivenANewOne() throws Exception {
    split(Sticky.COOKIE, 50);
    String name = cookie(ask("")).split("=", -1)[0];
    for (String value : new String[] {"", "1000", "-1", "9999999999999", "x", "1 OR 1"}) {
      Visitor.Reply reply = ask("Cookie: " + name + "=" + value + "\r\n");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(cookie(reply)).startsWith(name);
    }
  }

  @Test
  void nobodyIsGivenACookieForOneRevisionOrUnasked() throws Exception {
    split(null, 50);
    assertThat(ask("").header("set-cookie")).isNull();
    RoutePolicy policy =
        new RoutePolicy(
            null, null, null, null, null, null, null, null, null, null, null, Sticky.COOKIE);
    router.routes.put(HOST, "f", MapRoutes.share("f-2", policy, newer.port()));
    assertThat(ask("").header("set-cookie")).isNull();
  }

  /** The weights count for places as well: nobody is left at a revision that gets nothing. */
  @Test
  void everybodyMovesWithTheWeightsInTheEnd() throws Exception {
    split(Sticky.COOKIE, 50);
    String cookie = cookie(ask(""));
    split(Sticky.COOKIE, 99);
    int moved = 0;
    for (int place = 0; place < 100; place++) {
      String other = cookie.replaceAll("=.*", "=" + place * 10);
      moved += ask("Cookie: " + other + "\r\n").body().equals("newer") ? 1 : 0;
    }
    assertThat(moved).isEqualTo(99);
  }
}
