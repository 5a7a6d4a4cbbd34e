package lmnop.router.edge;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A function that says of each whole request, in a header of its answer, what it understood. */
final class Witness implements AutoCloseable {
  /** The header that says it: method, target, host and length of the body. */
  static final String SEEN = "X-Seen";

  private final Origin origin;
  private final Queue<String> whole = new ConcurrentLinkedQueue<>();

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
    return whole.size();
  }

  /** How many whole requests had a path that begins like this. */
  long requestsFor(String path) {
    return whole.stream().filter(view -> view.split(" ")[1].startsWith(path)).count();
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
      String view = understood(head, length);
      whole.add(view);
      conversation.send(
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + SEEN + ": " + view + "\r\n\r\n");
    }
  }

  private static String understood(String head, int length) {
    String[] line = head.substring(0, head.indexOf("\r\n")).split(" ");
    return line(
        line[0], line[1], Objects.requireNonNullElse(Http.header(head, "host"), ""), length);
  }

  static String line(String method, String target, String host, int length) {
    return method + " " + target + " " + host.toLowerCase(Locale.ROOT) + " " + length;
  }

  @Override
  public void close() {
    origin.close();
  }
}
