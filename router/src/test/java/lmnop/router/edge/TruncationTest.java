package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An answer that its function broke off never looks whole to whoever asked. */
@Tag(Reliability.TAG)
final class TruncationTest {
  private static final String HOST = "broken.example.com";
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final int[] SIZES = {0, 1, 5000, 70_000, 300_000};

  /** How an answer says where it ends, and how its function leaves before that. */
  enum Break {
    LENGTH(OK + "Content-Length: 1000000\r\n\r\n", false, false),
    LENGTH_AND_RESET(OK + "Content-Length: 1000000\r\n\r\n", false, true),
    BETWEEN_CHUNKS(OK + "Transfer-Encoding: chunked\r\n\r\n", true, false),
    BETWEEN_CHUNKS_AND_RESET(OK + "Transfer-Encoding: chunked\r\n\r\n", true, true),
    INSIDE_A_CHUNK(OK + "Transfer-Encoding: chunked\r\n\r\nfffff\r\n", false, false),
    INSIDE_A_CHUNK_AND_RESET(OK + "Transfer-Encoding: chunked\r\n\r\nfffff\r\n", false, true),
    NO_LENGTH_AND_RESET(OK + "\r\n", false, true);

    private final String head;
    private final boolean chunks;
    private final boolean resets;

    Break(String head, boolean chunks, boolean resets) {
      this.head = head;
      this.chunks = chunks;
      this.resets = resets;
    }

    void answer(Origin.Conversation conversation, int size) throws IOException {
      conversation.request();
      conversation.send(head);
      String body = "x".repeat(size);
      conversation.send(
          chunks && size > 0 ? Integer.toHexString(size) + "\r\n" + body + "\r\n" : body);
      if (resets) {
        conversation.reset();
      }
    }
  }

  /** Who asks. */
  private enum Client {
    HTTP_1_1,
    HTTP_1_0,
    HTTP_2;

    /** What it takes the answer for. */
    String end(EdgeFixture router) {
      try (Visitor visitor = router.visit()) {
        boolean whole = this == HTTP_2 ? isContentWithFrames(visitor) : isContentWithBytes(visitor);
        return whole ? "whole" : "broken off";
      } catch (SocketTimeoutException e) {
        return "not over";
      } catch (IOException e) {
        return "broken off"; // a reset, or an end before the end
      }
    }

    private boolean isContentWithBytes(Visitor visitor) throws IOException {
      String version = this == HTTP_1_0 ? "1.0" : "1.1";
      visitor.send("GET / HTTP/" + version + "\r\nHost: " + HOST + "\r\n\r\n");
      String head = visitor.head();
      Http.readBody(visitor.in(), head);
      return head.startsWith("HTTP/1.1 200");
    }

    private static boolean isContentWithFrames(Visitor visitor) throws IOException {
      Http2Bytes bytes = new Http2Bytes(new byte[] {0, 4, 0, 16, 0, 0}); // a window of 1 MiB
      bytes.frame(Http2Bytes.WINDOW_UPDATE, 0, 0, new byte[] {0, 16, 0, 0});
      bytes.request(1, HOST, true);
      visitor.send(bytes.all());
      boolean failed = false;
      while (true) {
        Http2Bytes.Frame frame = Http2Bytes.read(visitor.in());
        if (frame.stream() != 1) {
          continue;
        }
        if (frame.type() == Http2Bytes.RESET) {
          return false;
        }
        failed |= frame.type() == Http2Bytes.HEADERS && frame.payload()[0] != (byte) 0x88;
        if (frame.endsStream()) {
          return !failed;
        }
      }
    }
  }

  @Test
  void noAnswerThatBrokeOffLooksWhole() throws Exception {
    List<String> otherwise = new ArrayList<>();
    int cases = 0;
    try (EdgeFixture router = EdgeFixture.start()) {
      for (Break way : Break.values()) {
        for (int size : SIZES) {
          try (Origin origin = Origin.start(conversation -> way.answer(conversation, size))) {
            router.routes.put(HOST, "broken", MapRoutes.share("broken-a", origin.port()));
            for (Client client : Client.values()) {
              cases++;
              String end = client.end(router);
              if (!end.equals("broken off")) {
                otherwise.add(client + " with " + way + " after " + size + ": " + end);
              }
            }
          }
        }
      }
    }
    Reliability.atLeast("R25", "answers broken off by their function", cases, 100);
    assertThat(otherwise).isEmpty();
    Reliability.atMost("R25", "of these that looked whole to the client", otherwise.size(), 0);
  }
}
