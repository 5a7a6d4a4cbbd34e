package lmnop.router.edge;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What RFC 9110 and RFC 9112 say that a gateway must do with answers. */
@Tag(Reliability.TAG)
@Timeout(120)
final class AnswerRulesTest {
  private static final String NAME = "hello.example.com";
  private static final String GET =
      "GET / HTTP/1.1\r\nHost: " + NAME + "\r\nConnection: close\r\n\r\n";
  private static final String OLD = "GET / HTTP/1.0\r\nHost: " + NAME + "\r\n\r\n";
  private static final String HEAD = GET.replace("GET", "HEAD");
  private static final String PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";
  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";

  /** Is in no answer. */
  private static final String NEVER = "\u0000";

  /** What all that a client reads has to look like, and what must not be in it. */
  private record Rule(String section, String request, String answer, String is, String not) {}

  private final List<Rule> rules = new ArrayList<>();

  private void rule(String section, String request, String answer, String is, String not) {
    rules.add(new Rule(section, request, answer, is, not));
  }

  private void heads() {
    rule(
        "9110 6.6.1: a date is added",
        GET,
        PLAIN + "\r\nhi",
        "(?i)Date: \\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} GMT\r\n",
        NEVER);
    rule("9110 6.6.1: a date is kept", GET, PLAIN + "Date: x\r\n\r\nhi", "Date: x\r\n", "GMT");
    rule(
        "9112 2.3: its own version",
        GET,
        PLAIN.replace("1.1", "1.0") + "\r\nhi",
        "^HTTP/1.1 200 ",
        NEVER);
    rule("9112 6.1: no coding for HTTP/1.0", OLD, CHUNKED, "\r\n\r\nhi$", "ransfer-");
    rule(
        "9112 6.3: until the end",
        GET,
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi",
        "0\r\n\r\n$",
        NEVER);
    rule(
        "9112 6.1: chunks stay whole",
        GET,
        CHUNKED,
        "\r\n\r\n2\r\nhi\r\n0\r\n\r\n$",
        "ontent-Length");
    rule(
        "9112 7.1.2: trailers pass",
        GET,
        CHUNKED.replace("0\r\n", "0\r\nA: b\r\n"),
        "0\r\nA: b\r\n\r\n$",
        NEVER);
    rule(
        "9112 6.3: two lengths",
        GET,
        PLAIN + "Content-Length: 3\r\n\r\nhi!",
        "^HTTP/1.1 502 ",
        "hi!");
    rule(
        "9112 6.3: a length that is none",
        GET,
        PLAIN.replace(": 2", ": x") + "\r\nhi",
        "^HTTP/1.1 502 ",
        NEVER);
  }

  private void bodies() {
    rule(
        "9110 9.3.2: HEAD has no body",
        HEAD,
        PLAIN + "\r\n",
        "ontent-Length: 2\r\n(?s).*\r\n\r\n$",
        NEVER);
    rule("9110 9.3.2: also if the function sends one", HEAD, PLAIN + "\r\nhi", "\r\n\r\n$", NEVER);
    rule("9112 6.1: nor chunks", HEAD, CHUNKED, "\r\n\r\n$", "hi\r\n");
    rule(
        "9110 15.3.5: 204 has no body",
        GET,
        "HTTP/1.1 204 No\r\n\r\n",
        "^HTTP/1.1 204 (?s).*\r\n\r\n$",
        NEVER);
    rule(
        "9110 8.6: 204 has no length",
        GET,
        "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n",
        "^HTTP/1.1 204 ",
        "ontent-Length");
    rule(
        "9112 6.1: 204 has no coding",
        GET,
        "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n",
        "^HTTP/1.1 204 ",
        "ransfer-");
    rule(
        "9110 15.4.5: 304 has no body",
        GET,
        "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n",
        "\r\n\r\n$",
        NEVER);
    rule(
        "9110 15.3.6: 205 has no body",
        GET,
        "HTTP/1.1 205 No\r\nContent-Length: 0\r\n\r\n",
        "\r\n\r\n$",
        NEVER);
  }

  private void interim() {
    rule(
        "9110 15.2: interim answers pass",
        GET,
        "HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + PLAIN + "\r\nhi",
        "^HTTP/1.1 103 Early\r\n(?s).*HTTP/1.1 200 OK",
        NEVER);
    rule(
        "9110 8.6: without a length",
        GET,
        "HTTP/1.1 103 Early\r\nContent-Length: 0\r\n\r\n" + PLAIN + "\r\nhi",
        "ontent-Length: 2",
        "ontent-Length: 0");
    rule(
        "9110 15.2: not to HTTP/1.0",
        OLD,
        "HTTP/1.1 103 Early\r\n\r\n" + PLAIN + "\r\nhi",
        "^HTTP/1.1 200 ",
        "103");
    rule(
        "9110 7.6.1: what belongs to the connection",
        GET,
        PLAIN + "Connection: A\r\nA: b\r\nKeep-Alive: c\r\n\r\nhi",
        "hi$",
        "A: b|Keep-Alive");
    rule(
        "9110 15: an unknown status passes",
        GET,
        PLAIN.replace("200 OK", "299 Odd") + "\r\nhi",
        "^HTTP/1.1 299 Odd\r\n",
        NEVER);
    rule(
        "9110 15: also without words",
        GET,
        PLAIN.replace("200 OK", "200 ") + "\r\nhi",
        "^HTTP/1.1 200 \r\n",
        NEVER);
  }

  private void broken() {
    rule(
        "9112 4: a status of three digits",
        GET,
        PLAIN.replace("200", "2000") + "\r\nhi",
        "^HTTP/1.1 502 ",
        "2000");
    rule(
        "9112 8: cut off is seen",
        GET,
        PLAIN.replace(": 2", ": 9") + "\r\nhi",
        "ontent-Length: 9(?s).*hi$",
        NEVER);
    rule(
        "9112 8: chunks cut off are seen",
        GET,
        CHUNKED.replace("0\r\n\r\n", ""),
        "2\r\nhi\r\n$",
        NEVER);
    rule("9112 8: no answer", GET, "", "^HTTP/1.1 502 ", NEVER);
    rule("9112 5: no colon", GET, PLAIN + "A\r\n\r\nhi", "^HTTP/1.1 502 ", NEVER);
    rule(
        "9112 5.1: space before the colon is taken away or refused",
        GET,
        PLAIN + "A : b\r\n\r\nhi",
        "^HTTP/1.1 (502|200) ",
        "A :");
    rule(
        "9112 5.2: a value in two lines becomes one",
        GET,
        PLAIN + "A: b\r\n c\r\n\r\nhi",
        "^HTTP/1.1 (502|200) ",
        "b\r\n c");
    rule(
        "9112 2.2: a bare CR goes no further",
        GET,
        PLAIN + "A: b\rc\r\n\r\nhi",
        "^HTTP/1.1 (502|200) ",
        "\rc");
    rule(
        "9110 5.5: a zero goes no further",
        GET,
        PLAIN + "A: b\u0000c\r\n\r\nhi",
        "^HTTP/1.1 (502|200) ",
        "\u0000");
    rule(
        "9110 5.3: the order of equal names",
        GET,
        PLAIN + "A: 1\r\nA: 2\r\n\r\nhi",
        "A: 1\r\n(.+\r\n)*A: 2\r\n",
        NEVER);
    rule("9112 9.6: close is said", GET, PLAIN + "\r\nhi", "(?i)\r\nconnection: close\r\n", NEVER);
  }

  @Test
  void answersArePassedOnAsTheRulesSay() throws Exception {
    heads();
    bodies();
    interim();
    broken();
    int wrong = 0;
    try (EdgeFixture router = EdgeFixture.start()) {
      for (Rule rule : rules) {
        try (Origin origin =
            Origin.start(conversation -> {
              conversation.request();
              conversation.send(rule.answer);
            })) {
          router.routes.put(NAME, "hello", MapRoutes.share("hello-a", origin.port()));
          String read = read(router, rule.request);
          if (!Pattern.compile(rule.is).matcher(read).find()
              || Pattern.compile(rule.not).matcher(read).find()) {
            wrong++;
            System.err.println(rule + " was answered by " + read);
          }
        }
      }
    }
    Reliability.atLeast("R02", "rules of HTTP/1.1 for answers", rules.size(), 30);
    Reliability.atMost("R02", "of them that are not kept", wrong, 0);
  }

  private static String read(EdgeFixture router, String request) throws Exception {
    try (Visitor visitor = router.visit()) {
      visitor.send(request);
      StringBuilder all = new StringBuilder();
      try {
        for (int next = visitor.in().read(); next >= 0; next = visitor.in().read()) {
          all.append((char) next);
        }
      } catch (java.net.SocketException e) {
        // a reset: what came before it counts
      }
      return all.toString();
    }
  }
}
