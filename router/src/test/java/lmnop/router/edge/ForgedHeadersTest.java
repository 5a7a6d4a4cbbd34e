package lmnop.router.edge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lmnop.testkit.Reliability;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a stranger says of himself, the function reads what the router knows. */
@Tag(Reliability.TAG)
@Timeout(300)
final class ForgedHeadersTest {
  private static final String HOST = "hello.example.com";
  private static final String FORGED = "forged";

  /** What the function gets of the router, and how it has to look. */
  private static final List<String> OURS =
      List.of(
          "host: hello\\.example\\.com",
          "x-forwarded-host: hello\\.example\\.com",
          "x-forwarded-for: 127\\.0\\.0\\.1",
          "x-forwarded-proto: http",
          "x-call-id: [0-9a-f-]{36}",
          "x-start-time: \\d{19}",
          "traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]");

  /** Names that say who calls, from where, or what was asked for, to one program or another. */
  private static final List<String> NAMES =
      Odd.each(
          "X-Forwarded-For¦X-Forwarded-Host¦X-Forwarded-Proto¦X-Forwarded-Port¦"
              + "X-Forwarded-Server¦X-Forwarded-Prefix¦X-Forwarded-Path¦X-Forwarded-Uri¦"
              + "X-Forwarded-Method¦X-Forwarded-Ssl¦X-Forwarded-Scheme¦X-Forwarded-By¦"
              + "X-Forwarded-User¦X-Forwarded-Email¦X-Forwarded-Groups¦"
              + "X-Forwarded-Preferred-Username¦X-Forwarded-Access-Token¦"
              + "X-Forwarded-Client-Cert¦X-Forwarded¦Forwarded¦X-Real-IP¦X-Client-IP¦"
              + "True-Client-IP¦X-Remote-User¦X-Remote-IP¦X-Remote-Addr¦X-Original-URL¦"
              + "X-Original-Host¦X-Original-URI¦X-Original-Forwarded-For¦X-Start-Time¦"
              + "X-OpenFaaS-Internal¦X-Lmnop-Edge¦X-Lmnop-Edge-Secret¦Proxy¦"
              + "Proxy-Authorization¦Proxy-Authenticate¦Proxy-Connection¦Keep-Alive¦TE¦"
              + "Trailer¦HTTP2-Settings");

  private static final List<String> PLAIN =
      List.of(
          "Authorization",
          "Cookie",
          "Accept",
          "User-Agent",
          "Content-Type",
          "X-Own",
          "Origin",
          "Referer");

  private record Case(List<String> lines, boolean kept) {}

  private final Set<Case> cases = new LinkedHashSet<>();

  @Test
  void theFunctionSeesTheRoutersWordAlone() throws Exception {
    spellings();
    aliases();
    named();
    repeated();
    int wrong = 0;
    try (EdgeFixture router = EdgeFixture.start();
        Witness witness = Witness.start()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", witness.port()));
      for (Case one : cases) {
        for (boolean newer : new boolean[] {false, true}) {
          String head = newer ? sendNew(router, witness, one) : send(router, witness, one);
          if (head != null && !isRight(head, one)) {
            wrong++;
            System.err.println((newer ? "HTTP/2 " : "HTTP/1.1 ") + one + " became " + head);
          }
        }
      }
    }
    Reliability.atLeast("R07", "forged headers", 2L * cases.size(), 500);
    Reliability.atMost("R07", "of them that a function believes", wrong, 0);
  }

  private void forged(String... lines) {
    cases.add(new Case(List.of(lines), false));
  }

  private void spellings() {
    for (String name : NAMES) {
      forged(name + ": " + FORGED);
      forged(name.toLowerCase(Locale.ROOT) + ": " + FORGED);
      forged(name.toUpperCase(Locale.ROOT) + ":\t" + FORGED + " ");
      forged(name + ":" + FORGED + ", " + FORGED);
    }
    for (String name : PLAIN) {
      cases.add(new Case(List.of(name + ": " + FORGED), true));
    }
  }

  private void aliases() {
    List<String> known = new ArrayList<>(NAMES);
    known.addAll(
        List.of(
            "X-Call-Id",
            "Content-Length",
            "Transfer-Encoding",
            "X-Fn-User",
            "X-Auth-User",
            "Remote-User"));
    for (String name : known) {
      if (name.contains("-")) {
        forged(name.replace('-', '_') + ": " + FORGED);
        forged(name.replace('-', '.') + ": " + FORGED);
        forged(name.replaceFirst("-", "_").toLowerCase(Locale.ROOT) + ": " + FORGED);
      }
    }
    for (String name :
        List.of("HTTP_PROXY", "REMOTE_USER", "REMOTE_ADDR", "x_", "_x", ".", "a.b-c")) {
      forged(name + ": " + FORGED);
    }
  }

  /** Nobody takes the router's own headers away by calling them the connection's. */
  private void named() {
    for (String name :
        List.of(
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Start-Time",
            "Traceparent",
            "X-Own",
            "Keep-Alive",
            "Proxy",
            "TE")) {
      for (String value : List.of("@", "close, @", "@, close", "a,@,b", "@,@", " @ ")) {
        forged("Connection: " + value.replace("@", name), name + ": " + FORGED);
      }
    }
  }

  private void repeated() {
    for (String name : NAMES) {
      forged(name + ": " + FORGED, name + ": " + FORGED);
      forged(name + ": " + FORGED, "X-Between: yes", name.toLowerCase(Locale.ROOT) + ": " + FORGED);
    }
    for (String id :
        List.of(FORGED + " x", FORGED + "<", FORGED + "\u00e4", FORGED + ",x", FORGED.repeat(30))) {
      forged("X-Call-Id: " + id);
      forged("Traceparent: " + id);
      forged(
          "Traceparent: 00-" + "0".repeat(32) + "-" + "1".repeat(16) + "-01", "Tracestate: " + id);
    }
  }

  private static @Nullable String send(EdgeFixture router, Witness witness, Case one)
      throws IOException {
    StringBuilder request = new StringBuilder("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n");
    one.lines.forEach(line -> request.append(line).append("\r\n"));
    try (Visitor visitor = router.visit()) {
      Visitor.Reply reply = visitor.send(request + "\r\n").reply();
      return reply.status() == 200 ? witness.heads().getLast() : null;
    }
  }

  /** HTTP/2 refuses some outright, which is as good. */
  private static @Nullable String sendNew(EdgeFixture router, Witness witness, Case one)
      throws IOException {
    List<String> headers =
        new ArrayList<>(
            List.of(":method", "GET", ":scheme", "http", ":authority", HOST, ":path", "/"));
    for (String line : one.lines) {
      headers.add(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT));
      headers.add(line.substring(line.indexOf(':') + 1).strip());
    }
    try (Visitor visitor = router.visit()) {
      visitor.send(new Frames().headers(1, true, headers.toArray(String[]::new)).bytes());
      for (Frames.Frame frame = Frames.read(visitor.in()); frame != null; ) {
        if (frame.type() == Frames.HEADERS) {
          return frame.status() == 200 ? witness.heads().getLast() : null;
        }
        if (frame.type() == Frames.GOAWAY || frame.type() == Frames.RESET) {
          return null;
        }
        frame = Frames.read(visitor.in());
      }
    }
    return null;
  }

  private static boolean isRight(String head, Case one) {
    List<String> lines = head.lines().map(line -> line.toLowerCase(Locale.ROOT)).toList();
    for (String ours : OURS) {
      String name = ours.substring(0, ours.indexOf(':') + 1);
      List<String> there = lines.stream().filter(line -> line.startsWith(name)).toList();
      if (there.size() != 1 || !there.getFirst().matches(ours)) {
        return false;
      }
    }
    return head.contains(FORGED) == one.kept;
  }
}
