package lmnop.router.edge;

import java.util.ArrayList;
import java.util.List;

/** Answers that no honest function gives, or that somebody made an honest one give. */
final class EvilAnswers {
  /** A whole answer that nobody asked for. */
  static final String POISON = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Leak: LEAK\r\n\r\nLEAK";

  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String PLAIN = OK + "Content-Length: 2\r\n\r\nhi";
  private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";

  private EvilAnswers() {}

  static List<String> all() {
    List<String> all = new ArrayList<>();
    all.add(PLAIN);
    lengths(all);
    interim(all);
    heads(all);
    chunks(all);
    return all;
  }

  private static void lengths(List<String> all) {
    for (String lines :
        Odd.each(
            "Content-Length: 2\r\nContent-Length: 4\r\n¦"
                + "Content-Length: 2\r\nContent-Length: 2\r\n¦Content-Length: 2, 2\r\n¦"
                + "Content-Length: -2\r\n¦Content-Length: +2\r\n¦Content-Length: 0x2\r\n¦"
                + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n¦"
                + "Transfer-Encoding: gzip\r\nContent-Length: 2\r\n¦"
                + "Transfer-Encoding: chunked, gzip\r\n¦Transfer-Encoding: xchunked\r\n¦"
                + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n¦"
                + "Content-Length : 2\r\n¦Content-Length: 1\r\n¦Content-Length: 0\r\n¦"
                + "Content-Length: 99999999999999999999\r\n¦Content_Length: 2\r\n¦"
                + "Connection: Content-Length\r\nContent-Length: 2\r\n¦"
                + "Connection: close\r\nContent-Length: 2\r\n")) {
      all.add(OK + lines + "\r\nhi");
    }
    for (String status : List.of("204 No Content", "304 Not Modified", "205 Reset Content")) {
      all.add("HTTP/1.1 " + status + "\r\nContent-Length: 4\r\n\r\nLEAK");
      all.add(
          "HTTP/1.1 " + status + "\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nLEAK\r\n0\r\n\r\n");
      all.add("HTTP/1.1 " + status + "\r\n\r\nLEAK");
    }
    all.add("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    all.add("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  }

  private static void interim(List<String> all) {
    String hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    all.add(hints + PLAIN);
    all.add(hints + hints + PLAIN);
    all.add("HTTP/1.1 100 Continue\r\n\r\n" + PLAIN);
    all.add("HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\nLEAK" + PLAIN);
    all.add("HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + PLAIN);
    all.add("HTTP/1.1 102 Processing\r\nConnection: close\r\n\r\n" + PLAIN);
    all.add("HTTP/1.1 199 Odd\r\n\r\n" + PLAIN + PLAIN);
    all.add("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
    all.add("HTTP/1.1 101 Switching Protocols\r\n\r\n" + PLAIN);
    all.add("HTTP/1.1 101 Switching Protocols\r\nContent-Length: 4\r\n\r\nLEAK");
  }

  private static void heads(List<String> all) {
    for (String line :
        Odd.each(
            "HTTP/1.1 2000 OK¦HTTP/1.1 20 OK¦HTTP/1.1 abc OK¦HTTP/2.0 200 OK¦"
                + "ICY 200 OK¦200 OK¦GET / HTTP/1.1¦HTTP/1.1¦\u0000¦HTTP/1.1 200 O\rK¦"
                + "HTTP/1.1\t200\tOK")) {
      all.add(line + "\r\nContent-Length: 2\r\n\r\nhi");
    }
    for (String line :
        List.of(
            "X: a\rSet-Cookie: LEAK",
            "X: a\u0000b",
            "No-Colon",
            "X : a",
            ": a",
            " X: a",
            "X: a\r\n b",
            "X\u0000: a",
            "X(: a",
            "X: \u007f",
            "X: " + "a".repeat(1 << 20),
            "X: a\nSet-Cookie: LEAK")) {
      all.add(OK + line + "\r\nContent-Length: 2\r\n\r\nhi");
      all.add(OK + "Content-Length: 2\r\n" + line + "\r\n\r\nhi");
    }
    all.add(OK.replace("\r\n", "\n") + "Content-Length: 2\n\nhi");
    all.add("\r\n\r\n" + PLAIN);
    all.add("LEAK" + PLAIN);
  }

  private static void chunks(List<String> all) {
    for (String body :
        List.of(
            "2\r\nhi\r\n0\r\n\r\n",
            "2\r\nhi\r\n0\r\n\r\n2\r\nLEAK\r\n",
            "x\r\nhi\r\n0\r\n\r\n",
            "-2\r\nhi\r\n0\r\n\r\n",
            "+2\r\nhi\r\n0\r\n\r\n",
            "2\r\nhiX0\r\n\r\n",
            "2\nhi\n0\n\n",
            "100000002\r\nhi\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nhi\r\n0\r\n\r\n",
            "2;a=\"\n\"\r\nhi\r\n0\r\n\r\n",
            "2\r\nhi\r\n0\r\nContent-Length: 9\r\n\r\n",
            "2\r\nhi\r\n0\r\nSet-Cookie: LEAK\r\nHost: x\r\n\r\n",
            "2\r\nhi\r\n0\r\nNo-Colon\r\n\r\n",
            "2\r\nhi\r\n0\r\nX: a\rb\r\n\r\n",
            "1\r\nhi\r\n0\r\n\r\n",
            "3\r\nhi\r\n0\r\n\r\n",
            "\r\nhi\r\n0\r\n\r\n",
            "0\r\n\r\nLEAK")) {
      all.add(CHUNKED + body);
    }
  }
}
