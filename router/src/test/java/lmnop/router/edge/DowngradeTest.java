package lmnop.router.edge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What HTTP/2 can say and HTTP/1.1 cannot, without meaning something else, reaches no function. */
@Tag(Reliability.TAG)
@Timeout(300)
final class DowngradeTest {
  private static final String HOST = "hello.example.com";
  private static final String SMUGGLED =
      "\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";

  private final List<Frames> cases = new ArrayList<>();

  @Test
  void nothingOfItReachesAFunction() throws Exception {
    names();
    values();
    pseudoHeaders();
    connections();
    lengths();
    trailers();
    List<Integer> reached = new ArrayList<>();
    int canaries = 0;
    try (EdgeFixture router = EdgeFixture.start();
        Witness witness = Witness.start()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", witness.port()));
      for (int i = 0; i < cases.size(); i++) {
        canaries += send(router, cases.get(i)) ? 1 : 0;
        long strange = witness.requests() - witness.requestsFor("/canary");
        if (strange > reached.size()) {
          reached.add(i);
          System.err.println(i + " reached the function: " + witness.heads().getLast());
        }
      }
    }
    Reliability.atLeast("R06", "requests of HTTP/2 that HTTP/1.1 cannot say", cases.size(), 200);
    Reliability.atMost("R06", "of them that reached a function", reached.size(), 0);
    Reliability.atLeast("R06", "requests beside them that were answered", canaries, 100);
  }

  /** Sends one and an innocent request; whether that was answered. */
  private static boolean send(EdgeFixture router, Frames frames) throws IOException {
    frames.headers(
        3, true, ":method", "GET", ":scheme", "http", ":authority", HOST, ":path", "/canary");
    try (Visitor visitor = router.visit()) {
      visitor.send(frames.bytes());
      for (Frames.Frame frame = Frames.read(visitor.in()); frame != null; ) {
        if (frame.stream() == 3 && frame.type() == Frames.HEADERS && frame.status() == 200) {
          return true;
        }
        if (frame.type() == Frames.GOAWAY || frame.isLastOf(3)) {
          return false;
        }
        frame = Frames.read(visitor.in());
      }
    } catch (java.net.SocketException e) {
      // cut off
    }
    return false;
  }

  private void request(String... more) {
    cases.add(new Frames().headers(1, true, with(more)));
  }

  private static String[] with(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(":method", "POST", ":scheme", "http", ":authority", HOST, ":path", "/evil"));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** The usual request with one pseudo-header replaced; null leaves it out. */
  private void replaced(String name, String value) {
    String[] all = with();
    for (int i = 0; i < all.length; i += 2) {
      if (all[i].equals(name)) {
        all[i + 1] = value;
      }
    }
    cases.add(new Frames().headers(1, true, all));
  }

  private void left(String name) {
    List<String> all = new ArrayList<>(List.of(with()));
    int at = all.indexOf(name);
    all.remove(at);
    all.remove(at);
    cases.add(new Frames().headers(1, true, all.toArray(String[]::new)));
  }

  private void names() {
    for (int c = 0; c < 256; c++) {
      boolean fine =
          c < 127
              && (Character.isDigit(c)
                  || (c >= 'a' && c <= 'z')
                  || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
      if (!fine && (c < 128 || c % 16 == 0)) {
        request("x" + (char) c + "y", "v");
      }
    }
    for (String name :
        List.of(
            "",
            " x",
            "x ",
            "x:",
            "x: y\r\nhost",
            "transfer-encoding: chunked\r\nx",
            "x\r\n\r\nget")) {
      request(name, "v");
    }
  }

  private void values() {
    for (String name :
        List.of("x", "cookie", "authorization", "x-call-id", "content-type", "host")) {
      for (String value :
          List.of(
              "a\rb", "a\nb", "a\u0000b", "a\r\nb: c", "a" + SMUGGLED, "\r", "\n", "a\r", "\na")) {
        request(name, value);
      }
    }
    for (int c = 0; c < 32; c++) {
      if (c != '\t') {
        request("x", "a" + (char) c + "b");
      }
    }
    for (String value : List.of(" a", "a ", "\ta", "a\t", "a\u007f")) {
      request("x", value);
    }
  }

  private void pseudoHeaders() {
    for (String odd :
        List.of(
            "\r",
            "\n",
            "\u0000",
            " ",
            "\t",
            "\r\n",
            SMUGGLED,
            " HTTP/1.1" + SMUGGLED,
            "\u007f",
            "\u0001")) {
      replaced(":path", "/evil" + odd + "x");
      replaced(":path", odd + "/evil");
      replaced(":method", "PO" + odd + "ST");
      replaced(":method", "POST" + odd);
      replaced(":authority", HOST + odd);
      replaced(":authority", HOST + odd + "x: y");
      replaced(":scheme", "http" + odd);
    }
    for (String path :
        List.of("", "evil", "*", "?evil", "http:evil", "/evil#x", "/evil\\x", "/\u00e4", HOST)) {
      replaced(":path", path);
    }
    for (String method : List.of("", "GET /evil HTTP/1.1", "CONNECT", "PO:ST", "PO(ST")) {
      replaced(":method", method);
    }
    for (String scheme : List.of("", "ftp", "http:", "http://x/?", "javascript")) {
      replaced(":scheme", scheme);
    }
    for (String authority :
        List.of(
            "user@" + HOST,
            HOST + "/evil",
            HOST + "?x",
            HOST + "#x",
            HOST + ":x",
            "a,b",
            HOST + "\\x")) {
      replaced(":authority", authority);
    }
    for (String name : List.of(":method", ":scheme", ":path", ":authority")) {
      left(name);
      request(name, "POST");
      request("x", "y", name, "POST");
    }
    request(":status", "200");
    request(":protocol", "websocket");
    request(":odd", "x");
    request(":", "x");
    request("host", "other.example.com");
    request("host", HOST, "host", "other.example.com");
  }

  private void connections() {
    for (String name :
        List.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade")) {
      for (String value : List.of("close", "chunked", "upgrade", "x", "content-length", "h2c")) {
        request(name, value);
      }
    }
    request("te", "gzip");
    request("te", "trailers, chunked");
    request("http2-settings", "AAM", "connection", "upgrade", "upgrade", "h2c");
  }

  private void body(String length, String... pieces) {
    Frames frames = new Frames().headers(1, false, with("content-length", length));
    for (int i = 0; i < pieces.length; i++) {
      frames.data(1, i == pieces.length - 1, pieces[i]);
    }
    cases.add(frames);
  }

  private void lengths() {
    for (String length : List.of("3", "4", "6", "0", "500", "9223372036854775807")) {
      body(length, "hello");
      body(length, "he", "llo");
      body(length, "h", "e", "l", "l", "o");
    }
    for (String length :
        List.of("+5", "-5", "5,6", "6, 5", "0x5", "5x", "", "5.0", "18446744073709551621")) {
      body(length, "hello");
    }
    request("content-length", "5");
    cases.add(
        new Frames()
            .headers(1, false, with("content-length", "5", "content-length", "6"))
            .data(1, true, "hello"));
    cases.add(
        new Frames()
            .headers(1, false, with("content-length", "5", "transfer-encoding", "chunked"))
            .data(1, true, "hello"));
    cases.add(new Frames().headers(1, false, with("content-length", "0")).data(1, true, SMUGGLED));
  }

  private void trailers() {
    for (String name : List.of("x\r\ny", "x y", "X", "x:", ":path", "", "x\u0000")) {
      trailer(name, "v");
    }
    for (String value : List.of("a\rb", "a\nb", "a\u0000b", "a" + SMUGGLED)) {
      trailer("x", value);
    }
    cases.add(
        new Frames()
            .headers(1, false, with("content-length", "9"))
            .data(1, false, "hello")
            .headers(1, true, "x", "y"));
  }

  private void trailer(String name, String value) {
    cases.add(
        new Frames()
            .headers(1, false, with())
            .data(1, false, "hello")
            .headers(1, true, name, value));
  }
}
