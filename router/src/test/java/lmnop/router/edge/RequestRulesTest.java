package lmnop.router.edge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What RFC 9110 and RFC 9112 say that a server or a gateway must do. */
@Tag(Reliability.TAG)
@Timeout(120)
final class RequestRulesTest {
  private static final String NAME = "hello.example.com";
  private static final String HOST = "Host: " + NAME + "\r\n";
  private static final String GET = "GET /a HTTP/1.1\r\n" + HOST;
  private static final String POST = "POST /a HTTP/1.1\r\n" + HOST;
  private static final String NEXT = "GET /next HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n";
  private static final String SEEN_NEXT = "GET /next " + NAME + " 0";
  private static final String GOT = "GET /a " + NAME + " 0";
  private static final String POSTED = "POST /a " + NAME + " 5";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

  /** What a request is answered with: by the function, what it saw; else the router's status. */
  private record Rule(String section, String request, List<String> answers) {}

  private final List<Rule> rules = new ArrayList<>();

  private void refused(String section, String status, String request) {
    rules.add(new Rule(section, request, List.of(status)));
  }

  private void taken(String section, String seen, String request) {
    rules.add(new Rule(section, request, List.of(seen, SEEN_NEXT)));
  }

  private void last(String section, String seen, String request) {
    rules.add(new Rule(section, request, List.of(seen)));
  }

  @Test
  void requestsAreUnderstoodAsTheRulesSay() throws Exception {
    lines();
    headers();
    hosts();
    targets();
    methods();
    bodies();
    chunks();
    connections();
    int wrong = 0;
    try (EdgeFixture router = EdgeFixture.start();
        Witness witness = Witness.start()) {
      router.routes.put(NAME, "hello", MapRoutes.share("hello-a", witness.port()));
      for (Rule rule : rules) {
        List<String> answers = answers(router, rule.request);
        if (!answers.equals(rule.answers)) {
          wrong++;
          System.err.println(rule + " was answered by " + answers);
        }
      }
    }
    Reliability.atLeast("R02", "rules of HTTP/1.1 for requests", rules.size(), 76);
    Reliability.atMost("R02", "of them that are not kept", wrong, 0);
  }

  private static List<String> answers(EdgeFixture router, String request) throws IOException {
    try (Visitor visitor = router.visit()) {
      return visitor.send(request + NEXT).replies().stream()
          .map(reply ->
              Objects.requireNonNullElse(Witness.seen(reply), String.valueOf(reply.status())))
          .toList();
    }
  }

  private void lines() {
    taken("9112 2.2: an empty line before a request is ignored", GOT, "\r\n" + GET + "\r\n");
    refused("9112 2.2: no bare CR in a line", "400", "GET /a\rb HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9112 2.2: no bare CR in a header", "400", GET + "A: b\rc\r\n\r\n");
    refused(
        "9112 2.2: no space before the first header",
        "400",
        "GET /a HTTP/1.1\r\n A: b\r\n" + HOST + "\r\n");
    refused(
        "9112 2.2: no tab before the first header",
        "400",
        "GET /a HTTP/1.1\r\n\tA: b\r\n" + HOST + "\r\n");
    refused("9112 2.2: what is no request", "400", "\u0016\u0003\u0001\u0002\r\n\r\n");
    refused("9112 3: two spaces", "400", "GET  /a HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9112 3: a tab as a space", "400", "GET\t/a HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9112 3: no target", "400", "GET HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9112 3: no version", "400", "GET /a\r\n" + HOST + "\r\n");
    refused("9112 3: something behind the version", "400", "GET /a HTTP/1.1 x\r\n" + HOST + "\r\n");
    refused("9112 3: a space in the target", "400", "GET /a b HTTP/1.1\r\n" + HOST + "\r\n");
    refused(
        "9112 3: a long line", "414", "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9112 2.3: lower case", "400", "GET /a http/1.1\r\n" + HOST + "\r\n");
    refused("9112 2.3: two digits", "400", "GET /a HTTP/1.10\r\n" + HOST + "\r\n");
    refused("9110 15.6.6: HTTP/2 by name", "505", "GET /a HTTP/2.0\r\n" + HOST + "\r\n");
    refused("9110 15.6.6: HTTP/3 by name", "505", "GET /a HTTP/3.0\r\n" + HOST + "\r\n");
    refused("9110 15.6.6: HTTP/0.9 by name", "505", "GET /a HTTP/0.9\r\n" + HOST + "\r\n");
  }

  private void headers() {
    refused("9112 5.1: no space before the colon", "400", GET + "A : b\r\n\r\n");
    refused("9112 5.1: no tab before the colon", "400", GET + "A\t: b\r\n\r\n");
    refused("9112 5: a name is there", "400", GET + ": b\r\n\r\n");
    refused("9112 5: a colon is there", "400", GET + "A\r\n\r\n");
    refused("9110 5.1: a name is a token", "400", GET + "A(b): c\r\n\r\n");
    refused("9110 5.1: no letters of others", "400", GET + "\u00c4: b\r\n\r\n");
    refused("9110 5.5: no zero", "400", GET + "A: b\u0000\r\n\r\n");
    refused("9110 5.5: no other control", "400", GET + "A: b\u0001\r\n\r\n");
    taken("9110 5.5: space around a value is no part", GOT, GET + "A: \t b \t\r\n\r\n");
    taken("9110 5.5: a value may be empty", GOT, GET + "A:\r\n\r\n");
    taken("9110 5.5: old letters in a value are data", GOT, GET + "A: \u00e4\u00ff\r\n\r\n");
    taken("9110 5.1: names have no case", GOT, "GET /a HTTP/1.1\r\nhOsT: " + NAME + "\r\n\r\n");
    taken("9110 5.3: a name may come twice", GOT, GET + "A: b\r\nA: c\r\n\r\n");
    refused("6585 5: too large", "431", GET + "A: " + "b".repeat(40_000) + "\r\n\r\n");
    refused("6585 5: too many", "431", GET + "A: b\r\n".repeat(101) + "\r\n");
  }

  private void hosts() {
    refused("9112 3.2: no host", "400", "GET /a HTTP/1.1\r\n\r\n");
    refused("9112 3.2: two hosts", "400", GET + HOST + "\r\n");
    refused("9112 3.2: two different hosts", "400", GET + "Host: b.example.com\r\n\r\n");
    refused("9112 3.2: an empty host", "400", "GET /a HTTP/1.1\r\nHost:\r\n\r\n");
    refused(
        "9112 3.2: a host with a user", "400", "GET /a HTTP/1.1\r\nHost: x@" + NAME + "\r\n\r\n");
    refused(
        "9112 3.2: a host with a path", "400", "GET /a HTTP/1.1\r\nHost: " + NAME + "/b\r\n\r\n");
    refused("9112 3.2: a host with a space", "400", "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n");
    refused(
        "9112 3.2: a port that is none", "400", "GET /a HTTP/1.1\r\nHost: " + NAME + ":a\r\n\r\n");
    rules.add(
        new Rule(
            "9110 7.4: an unknown host",
            "GET /a HTTP/1.1\r\nHost: b.example.com\r\n\r\n",
            List.of("404", SEEN_NEXT)));
    last("9112 3.2: HTTP/1.0 may have none", "404", "GET /a HTTP/1.0\r\n\r\n");
  }

  private void targets() {
    taken(
        "9112 3.2.2: the absolute form",
        GOT,
        "GET http://" + NAME + "/a HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9112 3.2.2: without a path",
        "GET / " + NAME + " 0",
        "GET http://" + NAME + " HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9112 3.2.2: with a query alone",
        "GET /?b " + NAME + " 0",
        "GET http://" + NAME + "?b HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9110 4.2.3: a scheme has no case",
        GOT,
        "GET HTTP://" + NAME + "/a HTTP/1.1\r\n" + HOST + "\r\n");
    refused(
        "9110 7.4: of another host",
        "400",
        "GET http://b.example.com/ HTTP/1.1\r\n" + HOST + "\r\n");
    refused(
        "9110 4.2.4: a user in it",
        "400",
        "GET http://x@" + NAME + "/ HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9110 4.2.1: an empty host in it", "400", "GET http:/// HTTP/1.1\r\n" + HOST + "\r\n");
    refused(
        "9112 3.2.3: the authority form without CONNECT",
        "400",
        "GET " + NAME + ":80 HTTP/1.1\r\n" + HOST + "\r\n");
    refused(
        "9112 3.2.4: the asterisk without OPTIONS", "400", "GET * HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9112 3.2: a fragment", "400", "GET /a#b HTTP/1.1\r\n" + HOST + "\r\n");
    refused("3986 2: a letter of others", "400", "GET /\u00e4 HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9112 3.2.1: raw as it is",
        "GET /%7Ea/./../b?c=%20&d " + NAME + " 0",
        "GET /%7Ea/./../b?c=%20&d HTTP/1.1\r\n" + HOST + "\r\n");
  }

  private void methods() {
    refused(
        "9110 9.3.6: CONNECT is for proxies",
        "400",
        "CONNECT " + NAME + ":80 HTTP/1.1\r\n" + HOST + "\r\n");
    refused("9110 9.1: a method is a token", "400", "G{T /a HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9110 9.1: methods have a case",
        "get /a " + NAME + " 0",
        "get /a HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9110 9.1: an unknown one",
        "BREW /a " + NAME + " 0",
        "BREW /a HTTP/1.1\r\n" + HOST + "\r\n");
    taken("9110 9.3.2: HEAD", "HEAD /a " + NAME + " 0", "HEAD /a HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9110 9.3.7: OPTIONS",
        "OPTIONS /a " + NAME + " 0",
        "OPTIONS /a HTTP/1.1\r\n" + HOST + "\r\n");
    taken(
        "9110 9.3.1: GET with a body",
        "GET /a " + NAME + " 5",
        GET + "Content-Length: 5\r\n\r\nhello");
    taken(
        "9110 9.3.5: DELETE with a body",
        "DELETE /a " + NAME + " 5",
        "DELETE /a HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n\r\nhello");
  }

  private void bodies() {
    taken("9112 6.3: no length, no body", "POST /a " + NAME + " 0", POST + "\r\n");
    taken("9112 6.3: a length", POSTED, POST + "Content-Length: 5\r\n\r\nhello");
    taken(
        "9112 6.3: a length of nothing",
        "POST /a " + NAME + " 0",
        POST + "Content-Length: 0\r\n\r\n");
    refused("9112 6.3: a length that is none", "400", POST + "Content-Length: a\r\n\r\nhello");
    refused("9112 6.3: a length below nothing", "400", POST + "Content-Length: -1\r\n\r\nhello");
    refused(
        "9112 6.3: two lengths",
        "400",
        POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    refused("9112 6.3: a list of lengths", "400", POST + "Content-Length: 5, 6\r\n\r\nhello");
    refused(
        "9112 6.1: length and coding",
        "400",
        POST + "Content-Length: 5\r\n" + CHUNKED + "0\r\n\r\n");
    refused(
        "9112 6.1: coding and length",
        "400",
        POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n");
    refused(
        "9112 6.1: a coding in HTTP/1.0",
        "400",
        "POST /a HTTP/1.0\r\n" + HOST + CHUNKED + "0\r\n\r\n");
    refused(
        "9112 6.3: chunked is not the last",
        "400",
        POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n");
    refused(
        "9112 7: chunked twice",
        "400",
        POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n");
    refused(
        "9112 6.1: a coding that is not known",
        "400",
        POST + "Transfer-Encoding: odd\r\n\r\nhello");
    taken(
        "9112 7: codings have no case",
        POSTED,
        POST + "Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  }

  private void chunks() {
    String head = POST + CHUNKED;
    taken("9112 7.1: chunks", POSTED, head + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
    taken(
        "9112 7.1: sizes are hexadecimal",
        "POST /a " + NAME + " 10",
        head + "a\r\nhellohello\r\n0\r\n\r\n");
    taken(
        "9112 7.1: in both cases",
        "POST /a " + NAME + " 10",
        head + "A\r\nhellohello\r\n0\r\n\r\n");
    taken("9112 7.1: with zeros before", POSTED, head + "0005\r\nhello\r\n000\r\n\r\n");
    taken(
        "9112 7.1.1: unknown extensions are ignored",
        POSTED,
        head + "5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n");
    taken(
        "9112 7.1.2: trailers may be dropped or kept",
        POSTED,
        head + "5\r\nhello\r\n0\r\nA: b\r\n\r\n");
    refused("9112 7.1: no size", "400", head + "\r\nhello\r\n0\r\n\r\n");
    refused("9112 7.1: a size that is none", "400", head + "g\r\nhello\r\n0\r\n\r\n");
    refused(
        "9112 7.1: a size that is too large for any number",
        "400",
        head + "10000000000000005\r\nhello\r\n0\r\n\r\n");
    refused("9112 7.1: more than the size", "400", head + "4\r\nhello\r\n0\r\n\r\n");
    refused("9112 7.1: a bare LF behind a size", "400", head + "5\nhello\r\n0\r\n\r\n");
    refused("9112 7.1: a bare LF behind the bytes", "400", head + "5\r\nhello\n0\r\n\r\n");
    refused("9112 7.1.2: a trailer without a colon", "400", head + "5\r\nhello\r\n0\r\nA\r\n\r\n");
  }

  private void connections() {
    taken("9112 9.3: HTTP/1.1 stays", GOT, GET + "\r\n");
    last("9112 9.3: close", GOT, GET + "Connection: close\r\n\r\n");
    last("9112 9.3: close in a list", GOT, GET + "Connection: a, Close\r\n\r\n");
    last("9112 9.3: HTTP/1.0 closes", GOT, "GET /a HTTP/1.0\r\n" + HOST + "\r\n");
    taken(
        "9112 9.3: HTTP/1.0 that stays",
        GOT,
        "GET /a HTTP/1.0\r\n" + HOST + "Connection: keep-alive\r\n\r\n");
    rules.add(
        new Rule(
            "9112 9.3.2: answers in the order of requests",
            GET + "\r\n" + POST + "Content-Length: 5\r\n\r\nhello" + GET + "\r\n",
            List.of(GOT, POSTED, GOT, SEEN_NEXT)));
    refused(
        "9110 7.6.1: it names what frames",
        "400",
        POST + "Connection: Content-Length\r\nContent-Length: 5\r\n\r\nhello");
    taken(
        "9110 7.8: an offer may be ignored",
        GOT,
        GET + "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    taken(
        "9110 10.1.1: an expectation",
        POSTED,
        POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
  }
}
