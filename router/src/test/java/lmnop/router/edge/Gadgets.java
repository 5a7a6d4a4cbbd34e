package lmnop.router.edge;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests that two programs could read in two ways, made by putting every odd spelling into every
 * place where a spelling matters, and beside them those that everybody has to take.
 */
final class Gadgets {
  static final String HOST_NAME = "hello.example.com";

  private static final String HOST = "Host: " + HOST_NAME + "\r\n";
  private static final String POST = "POST /g HTTP/1.1\r\n" + HOST;
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

  /** Five bytes that are a whole chunked body as well, without anything in it. */
  private static final String BOTH = "0\r\n\r\n";

  private static final String FIVE = "POST /g " + HOST_NAME + " 5";
  private static final String NONE = "POST /g " + HOST_NAME + " 0";

  /** The request reaches nobody, and the next one is read where it begins. */
  static final String NOWHERE = "nowhere";

  /**
   * One of them.
   *
   * @param text the request
   * @param meanings how it may be understood, if at all
   * @param mustPass whether refusing it would be wrong
   */
  record Gadget(String text, List<String> meanings, boolean mustPass) {}

  private final Map<String, Gadget> all = new LinkedHashMap<>();

  private Gadgets() {}

  static Collection<Gadget> all() {
    Gadgets gadgets = new Gadgets();
    gadgets.codings();
    gadgets.lengths();
    gadgets.names();
    gadgets.folds();
    gadgets.lineEnds();
    gadgets.chunkSizes();
    gadgets.chunkEnds();
    gadgets.trailers();
    gadgets.requestLines();
    gadgets.methods();
    gadgets.targets();
    gadgets.connections();
    gadgets.bytes();
    gadgets.ordinary();
    return gadgets.all.values();
  }

  private void refused(String text) {
    maybe(text);
  }

  private void maybe(String text, String... meanings) {
    all.putIfAbsent(text, new Gadget(text, List.of(meanings), false));
  }

  private void passes(String text, String meaning) {
    all.putIfAbsent(text, new Gadget(text, List.of(meaning), true));
  }

  // ── how long the body is ─────────────────────────────────────────────────────────────────────

  private void codings() {
    List<String> odd =
        Odd.each(
            "xchunked¦chunkedx¦chunked,¦,chunked¦, chunked¦chunked, chunked¦"
                + "chunked,chunked¦chunked;q=1¦chunked; a=b¦\"chunked\"¦'chunked'¦chun ked¦"
                + "chunked chunked¦chunked identity¦identity¦identity, chunked¦"
                + "chunked, identity¦gzip¦gzip, chunked¦gzip chunked¦deflate,chunked¦"
                + "compress¦trailers¦\u000bchunked¦\u000cchunked¦chunked\u000b¦chunked\u000c¦"
                + "\u00a0chunked¦chunked\u00a0¦chunked\u0000¦\u0000chunked¦chunked\rx¦"
                + "\rchunked¦chunked\u007f¦chunked\u001f¦chunked\u0301¦chun\u212aed¦"
                + "Chunked\u0085¦(chunked)¦chunked(a)¦chunked=1¦chunked/1¦*¦0¦");
    for (String length : List.of("", "Content-Length: 5\r\n", "Content-Length: 0\r\n")) {
      for (String value : odd) {
        refused(POST + length + "Transfer-Encoding: " + value + "\r\n\r\n" + BOTH);
        refused(POST + "Transfer-Encoding: " + value + "\r\n" + length + "\r\n" + BOTH);
        refused(POST + CHUNKED + length + "Transfer-Encoding: " + value + "\r\n\r\n" + BOTH);
        refused(POST + "Transfer-Encoding: " + value + "\r\n" + length + CHUNKED + "\r\n" + BOTH);
        String old = "POST /g HTTP/1.0\r\n" + HOST;
        refused(old + length + "Transfer-Encoding: " + value + "\r\n\r\n" + BOTH);
      }
    }
    for (String value : List.of("chunked", "Chunked", "CHUNKED", "cHuNkEd")) {
      for (String space : List.of("", " ", "\t", "  ", " \t")) {
        for (String name : List.of("Transfer-Encoding", "transfer-encoding", "TRANSFER-ENCODING")) {
          String line = name + ":" + space + value + space + "\r\n";
          passes(POST + line + "\r\n" + BOTH, NONE);
          refused(POST + line + "Content-Length: 5\r\n\r\n" + BOTH);
          refused(POST + "Content-Length: 5\r\n" + line + "\r\n" + BOTH);
          refused("POST /g HTTP/1.0\r\n" + HOST + line + "\r\n" + BOTH);
        }
      }
    }
  }

  private void lengths() {
    List<String> odd =
        Odd.each(
            "+5¦-5¦-0¦+0¦5 5¦5,5¦5, 5¦5,¦,5¦0x5¦5.0¦5e0¦5;¦5;a=b¦5\u0000¦\u0000005¦"
                + "\u0665¦\uff15¦¦5\u000b¦\u000b5¦5\u000c¦5\rx¦\"5\"¦'5'¦5\u00a0¦\u00a05¦1_0¦"
                + "5L¦5f¦0b101¦05h¦five¦99999999999999999999¦18446744073709551621¦"
                + "4294967301x¦5-¦5/5¦5=5¦(5)¦5\u007f¦NaN¦Infinity¦null¦5\\¦#5¦5 ;¦5\t5");
    for (String method : List.of("POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS")) {
      for (String value : odd) {
        refused(method + " /g HTTP/1.1\r\n" + HOST + "Content-Length: " + value + "\r\n\r\nhello");
      }
    }
    List<String> some = List.of("5", "05", "0", "6", "4", "+5", "5,5", "");
    for (String first : some) {
      for (String second : some) {
        String twice = "Content-Length: " + first + "\r\n@Content-Length: " + second + "\r\n";
        refused(POST + twice.replace("@", "") + "\r\nhello");
        refused(POST + twice.replace("@", "A: b\r\n") + "\r\nhello");
        refused(POST + twice.replace("@", "").toLowerCase(java.util.Locale.ROOT) + "\r\nhello");
      }
    }
    for (String value : List.of("5", " 5", "5 ", "\t5\t", "   5")) {
      for (String name : List.of("Content-Length", "content-length", "CONTENT-LENGTH")) {
        passes(POST + name + ":" + value + "\r\n\r\nhello", FIVE);
      }
    }
    maybe(POST + "Content-Length: 05\r\n\r\nhello", FIVE);
    maybe(POST + "Content-Length: 0000000000005\r\n\r\nhello", FIVE);
  }

  /** Names that look like those that frame a body. */
  private void names() {
    for (String name : List.of("Transfer-Encoding", "Content-Length", "Host", "Connection")) {
      String value =
          switch (name) {
            case "Transfer-Encoding" -> "chunked";
            case "Content-Length" -> "3";
            case "Host" -> "other.example.com";
            default -> "close, Content-Length";
          };
      String framed = POST + "Content-Length: 5\r\n";
      for (String odd : Odd.tokensLike(name)) {
        passes(framed + odd + ": " + value + "\r\n\r\n" + BOTH, FIVE);
        passes(POST + odd + ": " + value + "\r\nContent-Length: 5\r\n\r\n" + BOTH, FIVE);
      }
      for (String odd : Odd.notTokensLike(name)) {
        refused(framed + odd + ": " + value + "\r\n\r\n" + BOTH);
        refused(POST + odd + ": " + value + "\r\nContent-Length: 5\r\n\r\n" + BOTH);
        refused(POST + CHUNKED + odd + ": " + value + "\r\n\r\n" + BOTH);
        refused(POST + odd + ": " + value + "\r\n\r\n" + BOTH);
      }
    }
  }

  /** A value that goes on in the next line. */
  private void folds() {
    for (String fold :
        List.of("\r\n ", "\r\n\t", " \r\n ", "\r\n  \t", "\n ", "\n\t", "\r ", "\r\n \r\n ")) {
      for (String line :
          Odd.each(
              "Transfer-Encoding:@chunked¦Transfer-Encoding: chun@ked¦"
                  + "Transfer-Encoding: chunked@¦Transfer-Encoding@: chunked¦Content-Length:@5¦"
                  + "Content-Length: 5@¦Content-Length: 5@5¦X: y@Transfer-Encoding: chunked¦"
                  + "X: y@Content-Length: 0¦X:@y¦X: y@z")) {
        String folded = line.replace("@", fold) + "\r\n";
        if (line.startsWith("X") && !fold.contains("\n ") && !fold.contains("\n\t")) {
          refused(POST + folded + "Content-Length: 5\r\n\r\n" + BOTH);
        } else if (line.startsWith("X")) {
          maybe(POST + folded + "Content-Length: 5\r\n\r\n" + BOTH, FIVE);
          maybe(POST + "Content-Length: 5\r\n" + folded + "\r\n" + BOTH, FIVE);
          maybe(POST + CHUNKED + folded + "\r\n" + BOTH, NONE);
        } else {
          refused(POST + folded + "Content-Length: 5\r\n\r\n" + BOTH);
          refused(POST + "Content-Length: 5\r\n" + folded + "\r\n" + BOTH);
          refused(POST + CHUNKED + folded + "\r\n" + BOTH);
        }
      }
    }
  }

  // ── where a line ends ────────────────────────────────────────────────────────────────────────

  private void lineEnds() {
    String length = POST + "A: b\r\nContent-Length: 5\r\nC: d\r\n\r\nhello";
    String chunks = POST + "A: b\r\n" + CHUNKED + "\r\n5\r\nhello\r\n0\r\nT: u\r\n\r\n";
    for (String odd :
        Odd.each(
            "\n¦\r¦\r\r\n¦\n\r¦\n\n¦\r\n\n¦\u0000\r\n¦\r\u0000\n¦\r\n\u0000¦\u000b\r\n¦"
                + "\u000c\r\n¦\u0085¦\u2028¦\\r\\n¦\r \n¦\n\r\n\r¦")) {
      everyLine(length, odd);
      everyLine(chunks, odd);
    }
  }

  private void everyLine(String request, String odd) {
    int index = 0;
    for (int at = request.indexOf("\r\n"); at >= 0; at = request.indexOf("\r\n", at + 2)) {
      String changed = request.substring(0, at) + odd + request.substring(at + 2);
      boolean shiftsTheBody = odd.startsWith("\r\n") && request.startsWith("\r\n", at - 2);
      boolean joined =
          shiftsTheBody
              || odd.isEmpty()
              || odd.startsWith("\\")
              || (odd.length() == 1 && odd.charAt(0) > ' ');
      if (!joined) {
        refused(changed);
      } else if (index == 0) {
        refused(changed); // two words where one is to be
      }
      index++;
    }
  }

  // ── chunks ───────────────────────────────────────────────────────────────────────────────────

  private void chunkSizes() {
    for (String last : List.of("0", "00", "0;x", "0000000")) {
      String rest = "\r\nhello\r\n" + last + "\r\n\r\n";
      String head = POST + CHUNKED + "\r\n";
      for (String size : List.of("5", "05", "0005", "5;a", "5;a=b", "5;a=\"b\"", "5;a;b=c")) {
        passes(head + size + rest, FIVE);
      }
      for (String size : List.of("5 ", "5\t", "5;", "5 ;a", "5; a = b", "5;;", "5;a=", "5;=b")) {
        maybe(head + size + rest, FIVE);
      }
      for (String size :
          Odd.each(
              " 5¦\t5¦+5¦-5¦0x5¦0X5¦x5¦5h¦5x¦5,5¦5 5¦5.0¦5_¦'5'¦\"5\"¦\uff15¦\u0665¦"
                  + "5\u0000¦\u00005¦5\u000b¦5\u000c¦\u000b5¦G¦¦ ¦;¦;a=b¦100000005¦"
                  + "10000000000000005¦ffffffffffffffff¦7fffffffffffffff5¦80000000¦5\r¦5\rx¦"
                  + "5;a\n¦5;\n¦5;a=\"\n\"¦5;a=\"\r\n\"¦5;a\rb¦5;a=\"b\r\nX: \"¦5;\u0000¦5\\¦"
                  + "5/5¦5=5¦5:5¦(5)¦5\u007f¦5\u00a0¦\u00a05")) {
        refused(head + size + rest);
      }
    }
    refused(POST + CHUNKED + "\r\n5;" + "x".repeat(20_000) + "\r\nhello\r\n0\r\n\r\n");
    refused(POST + CHUNKED + "\r\n" + "0".repeat(20_000) + "5\r\nhello\r\n0\r\n\r\n");
  }

  /** What stands behind a chunk's bytes instead of the end of the line. */
  private void chunkEnds() {
    for (String end : Odd.each("¦ \r\n¦\n¦\r¦X\r\n¦\r\r\n¦\n\r\n¦\t\r\n¦\u0000\r\n¦XX¦  ")) {
      for (String last : List.of("0\r\n\r\n", "1\r\nx\r\n0\r\n\r\n")) {
        refused(POST + CHUNKED + "\r\n5\r\nhello" + end + last);
        refused(POST + CHUNKED + "\r\n4\r\nhello" + end + last);
        refused(POST + CHUNKED + "\r\n1\r\nh\r\n4\r\nello" + end + last);
      }
    }
    for (String body :
        List.of("6\r\nhello\r\n0\r\n\r\n", "3\r\nhello\r\n0\r\n\r\n", "\r\n0\r\n\r\n")) {
      refused(POST + CHUNKED + "\r\n" + body);
    }
  }

  private void trailers() {
    String head = POST + CHUNKED + "\r\n5\r\nhello\r\n0\r\n";
    for (String line :
        List.of(
            "T: u",
            "Content-Length: 9",
            "Transfer-Encoding: chunked",
            "Host: other.example.com",
            "Connection: close",
            "X-Forwarded-For: 6.6.6.6",
            "Trailer: a",
            "Upgrade: x",
            "X_Real_IP: 6")) {
      maybe(head + line + "\r\n\r\n", FIVE);
      maybe(head + "A: b\r\n" + line + "\r\n\r\n", FIVE);
    }
    for (String line : List.of("N: a\r\n folded", "N: a\r\n\tfolded")) {
      maybe(head + line + "\r\n\r\n", FIVE);
    }
    for (String line :
        Odd.each(
            "No-Colon¦Space : x¦: x¦N\u0000: x¦N: \u0000¦N: a\rb¦N: a\n¦N(: x¦"
                + "N: a\nM: b¦GET / HTTP/1.1")) {
      refused(head + line + "\r\n\r\n");
      refused(head + "A: b\r\n" + line + "\r\n\r\n");
    }
  }

  // ── the first line ───────────────────────────────────────────────────────────────────────────

  private void requestLines() {
    String body = HOST + "Content-Length: 5\r\n\r\nhello";
    for (String space : Odd.each("  ¦\t¦\u000b¦\u000c¦\r¦\u0000¦¦ \t¦\u00a0¦\r ¦%20")) {
      refused("POST" + space + "/g HTTP/1.1\r\n" + body);
      refused("POST /g" + space + "HTTP/1.1\r\n" + body);
      refused("POST /g HTTP/1.1" + (space.isEmpty() ? "x" : space) + "\r\n" + body);
    }
    for (String version :
        Odd.each(
            "http/1.1¦HTTP/1.10¦HTTP/01.1¦HTTP/1¦HTTP/1.¦HTTP/11¦HTTP/.1¦HTTPS/1.1¦"
                + "HTP/1.1¦HTTP/1.1;x¦HTTP/2.0¦HTTP/0.9¦HTTP/1.2¦HTTP/3¦ICY/1.1¦HTTP-1.1¦"
                + "HTTP/1.1 HTTP/1.1¦HTTP/+1.1¦HTTP/1.1\u0000¦HTTP\\1.1¦Http/1.1¦HTTP/1,1")) {
      refused("POST /g " + version + "\r\n" + body);
    }
  }

  private void methods() {
    String body = HOST + "Content-Length: 5\r\n\r\nhello";
    for (String method :
        Odd.each(
            "P(ST¦P\u0000ST¦POST,¦P\u00d6ST¦\u0001POST¦@POST¦P=ST¦\"POST\"¦POST:¦"
                + "{POST}¦CONNECT")) {
      refused(method + " /g HTTP/1.1\r\n" + body);
    }
    for (String method : Odd.each("post¦PUT¦PATCH¦DELETE¦PROPFIND¦X-Y¦P!¦GET¦OPTIONS¦M-SEARCH")) {
      passes(method + " /g HTTP/1.1\r\n" + body, method + " /g " + HOST_NAME + " 5");
    }
    for (int c = 0; c <= ' '; c++) {
      if (c != '\r' && c != '\n') {
        refused((char) c + "POST /g HTTP/1.1\r\n" + body);
        refused("\r\n" + (char) c + "POST /g HTTP/1.1\r\n" + body);
      }
    }
    passes("\r\nPOST /g HTTP/1.1\r\n" + body, FIVE);
    maybe("\r\n\r\nPOST /g HTTP/1.1\r\n" + body, FIVE);
    maybe("\nPOST /g HTTP/1.1\r\n" + body, FIVE);
    maybe("\rPOST /g HTTP/1.1\r\n" + body, FIVE);
    refused("POST /g\r\n" + body);
    refused("/g HTTP/1.1\r\n" + body);
    refused("POST HTTP/1.1\r\n" + body);
  }

  private void targets() {
    String length = "Content-Length: 5\r\n\r\nhello";
    for (String target :
        List.of(
            "http://" + HOST_NAME,
            "http://" + HOST_NAME + "/",
            "HTTP://" + HOST_NAME + "/?q",
            "/g?a=b",
            "/%00",
            "/a%20b",
            "//g",
            "/.//..",
            "/g;p",
            "/?",
            "/g?http://other.example.com/")) {
      String origin = target.replaceFirst("(?i)^http://" + HOST_NAME, "");
      String path = origin.startsWith("/") ? origin : "/" + origin;
      passes(
          "POST " + target + " HTTP/1.1\r\n" + HOST + length,
          "POST " + path + " " + HOST_NAME + " 5");
    }
    for (String target :
        Odd.each(
            "http://other.example.com/¦https://NAME/¦http:///g¦http:/g¦http:g¦g¦*¦?q¦"
                + "ftp://NAME/¦http://user@NAME/¦NAME¦NAME:80¦http://NAME\\@x/¦/g#f¦/g\\h¦"
                + "/\u00e4¦/g\u0000¦http://NAME@other.example.com/¦javascript:x¦file:///etc¦"
                + "/a b")) {
      refused("POST " + target.replace("NAME", HOST_NAME) + " HTTP/1.1\r\n" + HOST + length);
    }
    for (String hosts :
        Odd.each(
            "¦Host: NAME\r\nHost: NAME\r\n¦Host: NAME\r\nhost: other.example.com\r\n¦"
                + "Host:\r\n¦Host: a b\r\n¦Host: a,b\r\n¦Host: NAME, other.example.com\r\n¦"
                + "Host: user@NAME\r\n¦Host: NAME/\r\n¦Host: NAME:x\r\n¦Host: NAME:80:80\r\n¦"
                + "Host: http://NAME\r\n¦Host: [\r\n¦Host: NAME#\r\n¦Host: ..\r\n¦"
                + "Host: NAME?\r\n¦Host: NAME%00\r\n¦Host: \u00e4.example.com\r\n")) {
      String lines = hosts.replace("NAME", HOST_NAME);
      refused("POST /g HTTP/1.1\r\n" + lines + length);
      refused("POST http://" + HOST_NAME + "/g HTTP/1.1\r\n" + lines + length);
    }
  }

  // ── the rest ─────────────────────────────────────────────────────────────────────────────────

  private void connections() {
    for (String name :
        List.of("Content-Length", "content-length", "Transfer-Encoding", "Host", "HOST")) {
      for (String value :
          List.of("@", "close, @", "@, keep-alive", "a,@ ,b", "keep-alive,,@", "\t@", "@,@")) {
        String line = "Connection: " + value.replace("@", name) + "\r\n";
        refused(POST + line + "Content-Length: 5\r\n\r\nhello");
        refused(POST + "Connection: a\r\n" + line + "Content-Length: 5\r\n\r\nhello");
        refused(POST + CHUNKED + line + "\r\n" + BOTH);
      }
    }
    for (String key : List.of("Sec-WebSocket-Key1: 1\r\n", "Sec-WebSocket-Key2: 2\r\n")) {
      for (String offer : List.of("", "Connection: Upgrade\r\nUpgrade: websocket\r\n")) {
        refused("GET /g HTTP/1.1\r\n" + HOST + offer + key + "\r\n");
        refused("GET /g HTTP/1.1\r\n" + HOST + offer + key + key + "\r\n12345678");
        refused(POST + offer + key + "Content-Length: 5\r\n\r\nhello");
      }
    }
  }

  /** Every byte that is not a letter, in every place around a header that frames. */
  private void bytes() {
    String framed = POST + "Content-Length: 5\r\n";
    for (int c = 0; c < 256; c++) {
      boolean letter = Character.isLetterOrDigit(c) && c < 128;
      if (letter || c == '\n' || c == '\r') {
        continue;
      }
      boolean token = c < 127 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
      String mark = String.valueOf((char) c);
      String like = "Transfer-Encoding: chunked\r\n";
      if (token) {
        passes(framed + mark + like + "\r\n" + BOTH, FIVE);
        passes(framed + like.replace(":", mark + ":") + "\r\n" + BOTH, FIVE);
      } else {
        refused(framed + mark + like + "\r\n" + BOTH);
        refused(framed + like.replace(":", mark + ":") + "\r\n" + BOTH);
      }
      if (c != ' ' && c != '\t') {
        refused(POST + "Transfer-Encoding: " + mark + "chunked\r\n\r\n" + BOTH);
        refused(POST + "Transfer-Encoding: chunked" + mark + "\r\n\r\n" + BOTH);
        refused(POST + "Content-Length: 5" + mark + "\r\n\r\nhello");
        refused(POST + "Content-Length: " + mark + "5\r\n\r\nhello");
      }
      if ((c < ' ' && c != '\t') || c == 127) {
        refused(POST + "A: b" + mark + "c\r\nContent-Length: 5\r\n\r\nhello");
        refused(POST + "A: " + mark + "\r\nContent-Length: 5\r\n\r\nhello");
      }
    }
  }

  private void ordinary() {
    passes("GET /g HTTP/1.1\r\n" + HOST + "\r\n", "GET /g " + HOST_NAME + " 0");
    passes("GET /g HTTP/1.1\r\n" + HOST + "A:\r\n\r\n", "GET /g " + HOST_NAME + " 0");
    passes(POST + "\r\n", NONE);
    passes(POST + "Content-Length: 0\r\n\r\n", NONE);
    passes(POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", FIVE);
    passes(POST + CHUNKED + "\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", FIVE);
    passes(POST + "Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", FIVE);
    passes(
        "POST /g HTTP/1.0\r\n" + HOST + "Connection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        FIVE);
  }
}
