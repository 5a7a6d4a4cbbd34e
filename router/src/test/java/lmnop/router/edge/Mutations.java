package lmnop.router.edge;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Requests with a few mistakes in them, always the same ones for the same seed. */
final class Mutations {
  private static final int OPERATORS = 15;
  private static final String ODD =
      "\r\n\t \u0000\u000b:;,\"'\\/?#%@[]{}()<>=+-_.0159aZ\u007f\u0080\u00a0\u00ff";

  private static final List<String> LINES =
      Odd.each(
          "Content-Length: 5¦Content-Length: 0¦Content-Length: 3¦Content-Length : 5¦"
              + "content-length: 5¦Transfer-Encoding: chunked¦Transfer-Encoding: identity¦"
              + "Transfer-Encoding : chunked¦Transfer_Encoding: chunked¦Connection: close¦"
              + "Connection: keep-alive¦Connection: Content-Length¦Expect: 100-continue¦"
              + "Host: other.example.com¦X: y¦ folded: z¦Upgrade: h2c¦TE: trailers¦"
              + "Trailer: X¦Cookie: a=b¦Range: bytes=0-1¦If-None-Match: *");

  private static final List<String> METHODS =
      Odd.each("GET¦POST¦PUT¦DELETE¦OPTIONS¦PATCH¦get¦FOO¦G-T¦CONNECT");

  private static final List<String> VERSIONS =
      List.of("HTTP/1.0", "HTTP/1.1", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/0.9", "");

  private static final List<String> TARGETS =
      Odd.each(
          "/¦/a¦//a¦/a/../b¦/a/./b¦/%2e%2e/a¦/a%2fb¦/a%00b¦/a?b=c¦/a?b#c¦/a;b¦*¦a¦"
              + "http://@/a¦http://other.example.com/¦/a%zz¦/a%¦/~a¦/a b¦/a\\b¦/a:b¦/?¦/%41");

  private Mutations() {}

  /** A request to a host, with one mistake or two. */
  static String of(Random random, String host) {
    String request = seed(random, host);
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      request = changed(request, random, host);
    }
    return request;
  }

  private static String seed(Random random, String host) {
    String head = "Host: " + host + "\r\n";
    return switch (random.nextInt(8)) {
      case 0 -> "GET /a?b=c HTTP/1.1\r\n" + head + "Accept: */*\r\n\r\n";
      case 1 -> "POST /a HTTP/1.1\r\n" + head + "Content-Length: 5\r\n\r\nhello";
      case 2 -> "PUT /a/b HTTP/1.1\r\nContent-Length: 12\r\n" + head + "\r\nhello, world";
      case 3 ->
          "POST /c HTTP/1.1\r\n"
              + head
              + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
      case 4 ->
          "POST /c HTTP/1.1\r\n"
              + head
              + "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n3\r\nyou\r\n0\r\nX: y\r\n\r\n";
      case 5 -> "GET http://" + host + "/x HTTP/1.1\r\n" + head + "\r\n";
      case 6 ->
          "DELETE /a HTTP/1.0\r\n" + head + "Connection: keep-alive\r\nContent-Length: 2\r\n\r\nhi";
      default -> "OPTIONS /a HTTP/1.1\r\n" + head + "X-Own: 1\r\nX-Own: 2\r\n\r\n";
    };
  }

  private static String changed(String text, Random random, String host) {
    if (text.length() < 4) {
      return text;
    }
    int at = random.nextInt(text.length());
    int to = Math.min(text.length(), at + 1 + random.nextInt(8));
    char odd = ODD.charAt(random.nextInt(ODD.length()));
    String before = text.substring(0, at);
    return switch (random.nextInt(OPERATORS)) {
      case 0 -> before + (char) (text.charAt(at) ^ 1 << random.nextInt(8)) + text.substring(at + 1);
      case 1 -> before + odd + text.substring(at + 1);
      case 2 -> before + text.substring(to);
      case 3 -> text.substring(0, to) + text.substring(at);
      case 4 -> before + odd + text.substring(at);
      case 5 -> lines(text, random, Line.TWICE);
      case 6 -> lines(text, random, Line.SWAPPED);
      case 7 -> lines(text, random, Line.CASE);
      case 8 -> lines(text, random, Line.NEW);
      case 9 -> lines(text, random, Line.SPACE);
      case 10 -> text.replaceFirst("\r\n", random.nextBoolean() ? "\n" : "\r");
      case 11 -> digit(text, at, random);
      case 12 -> text.replaceFirst("^\\S+", METHODS.get(random.nextInt(METHODS.size())));
      case 13 -> text.replaceFirst("HTTP/\\d\\.\\d", VERSIONS.get(random.nextInt(VERSIONS.size())));
      default -> target(text, TARGETS.get(random.nextInt(TARGETS.size())).replace("@", host));
    };
  }

  private static String target(String text, String target) {
    int from = text.indexOf(' ');
    int to = from < 0 ? -1 : text.indexOf(' ', from + 1);
    return to < 0 ? text : text.substring(0, from + 1) + target + text.substring(to);
  }

  private static String digit(String text, int from, Random random) {
    for (int i = from; i < text.length(); i++) {
      if (Character.isDigit(text.charAt(i))) {
        return text.substring(0, i) + random.nextInt(10) + text.substring(i + 1);
      }
    }
    return text;
  }

  private enum Line {
    TWICE,
    SWAPPED,
    CASE,
    NEW,
    SPACE
  }

  private static String lines(String text, Random random, Line what) {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return text;
    }
    List<String> lines = new ArrayList<>(List.of(text.substring(0, end).split("\r\n")));
    int at = 1 + random.nextInt(Math.max(1, lines.size() - 1));
    if (at < lines.size()) {
      String line = lines.get(at);
      switch (what) {
        case TWICE -> lines.add(at, line);
        case SWAPPED -> lines.add(lines.remove(at - 1));
        case CASE -> lines.set(at, line.toUpperCase(java.util.Locale.ROOT));
        case NEW -> lines.add(at, LINES.get(random.nextInt(LINES.size())));
        case SPACE -> lines.set(at, line.replaceFirst(":", random.nextBoolean() ? " :" : ":\t "));
      }
    }
    return String.join("\r\n", lines) + text.substring(end);
  }
}
