package lmnop.router.edge;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A function that says of each whole request, in a header of its answer, what it understood. */
final class Witness implements AutoCloseable {
  /** The header that says it: method, target, host and length of the body. */
  static final String SEEN = "X-Seen";

  private final Origin origin;
  private final AtomicInteger requests = new AtomicInteger();

  private Witness() throws IOException {
    origin = Origin.start(this::listen);
  }

  static Witness start() throws IOException {
    return new Witness();
  }

  int port() {
    return origin.port();
  }

  /** How many whole requests came. */
  int requests() {
    return requests.get();
  }

  /** The heads of all requests, whole or not. */
  List<String> heads() {
    return origin.heads();
  }

  /** What an answer says that was understood; null where the function did not make it. */
  static @Nullable String seen(Visitor.Reply reply) {
    return reply.header("x-openfaas-internal") == null ? reply.header(SEEN) : null;
  }

  private void listen(Origin.Conversation conversation) throws IOException {
    for (String head = conversation.head(); head != null; head = conversation.head()) {
      boolean chunked = Http.header(head, "transfer-encoding") != null;
      boolean hasBody = chunked || Http.contentLength(head) > 0;
      int length = hasBody ? Http.readBody(conversation.in(), head).length : 0;
      requests.incrementAndGet();
      conversation.send(
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
              + SEEN
              + ": "
              + understood(head, length)
              + "\r\n\r\n");
    }
  }

  private static String understood(String head, int length) {
    String[] line = head.substring(0, head.indexOf("\r\n")).split(" ");
    String host = Objects.requireNonNullElse(Http.header(head, "host"), "");
    return line[0] + " " + line[1] + " " + host.toLowerCase(Locale.ROOT) + " " + length;
  }

  @Override
  public void close() {
    origin.close();
  }
}
