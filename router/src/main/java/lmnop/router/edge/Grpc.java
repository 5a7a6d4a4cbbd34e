package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What the router itself says to clients of gRPC. They read no status of HTTP and no page, but a
 * number and a sentence in the trailers of an answer that is otherwise well.
 */
final class Grpc {
  private static final AsciiString CONTENT_TYPE = AsciiString.cached("application/grpc");
  private static final AsciiString STATUS = AsciiString.cached("grpc-status");
  private static final AsciiString MESSAGE = AsciiString.cached("grpc-message");

  private static final int CANCELLED = 1;
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int PERMISSION_DENIED = 7;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNIMPLEMENTED = 12;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;
  private static final int UNAUTHENTICATED = 16;

  private Grpc() {}

  /** Whether a content type is gRPC's own; those of its kind for browsers are not. */
  static boolean isGrpc(@Nullable CharSequence contentType) {
    int length = CONTENT_TYPE.length();
    return contentType != null
        && AsciiString.regionMatches(contentType, true, 0, CONTENT_TYPE, 0, length)
        && (contentType.length() == length || "+; ".indexOf(contentType.charAt(length)) >= 0);
  }

  /** Whether a request's client reads trailers and expects gRPC's. */
  static boolean isCall(Exchange exchange) {
    return exchange.client().readsTrailers()
        && isGrpc(exchange.request().headers().get(HttpHeaderNames.CONTENT_TYPE));
  }

  /** Adds number and sentence to an answer's headers, or to its trailers. */
  static void describe(Outcome outcome, String sentence, HttpHeaders to) {
    to.set(STATUS, String.valueOf(code(outcome)));
    to.set(MESSAGE, encoded(sentence));
  }

  static void describeHead(HttpHeaders head) {
    head.set(HttpHeaderNames.CONTENT_TYPE, CONTENT_TYPE);
  }

  private static int code(Outcome outcome) {
    return switch (outcome) {
      case CLIENT_LEFT -> CANCELLED;
      case BAD_ANSWER, INTERIM_WITHOUT_END, ROUTER_FAULT -> INTERNAL;
      default ->
          switch (outcome.status()) {
            case 401 -> UNAUTHENTICATED;
            case 403 -> PERMISSION_DENIED;
            case 404 -> UNIMPLEMENTED;
            case 408, 504 -> DEADLINE_EXCEEDED;
            case 413, 414, 429, 431 -> RESOURCE_EXHAUSTED;
            case 502, 503 -> UNAVAILABLE;
            default -> INTERNAL;
          };
    };
  }

  /** As gRPC wants it: what is no plain character of ASCII becomes {@code %xx}. */
  private static String encoded(String sentence) {
    StringBuilder encoded = new StringBuilder(sentence.length() + 8);
    for (byte b : sentence.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b < 0x7f && b != '%') {
        encoded.append((char) b);
      } else {
        encoded.append('%').append("%02X".formatted(b & 0xff));
      }
    }
    return encoded.toString();
  }
}
