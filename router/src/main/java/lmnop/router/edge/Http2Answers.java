package lmnop.router.edge;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns requests into those of HTTP/2 for functions that speak it, and their answers back. What
 * could mean two things in HTTP/1.1 is no answer.
 */
final class Http2Answers {
  private Http2Answers() {}

  // ── to the function ──────────────────────────────────────────────────────────────────────────

  static Http2Headers request(HttpRequest request) {
    HttpHeaders from = request.headers();
    Http2Headers headers = new DefaultHttp2Headers(false, from.size() + 5);
    headers.method(request.method().asciiName());
    headers.scheme("http");
    String host = from.get(HttpHeaderNames.HOST);
    if (host != null && !host.isEmpty()) {
      headers.authority(host);
    }
    headers.path(request.uri());
    Http2Requests.addTo(headers, from);
    headers.remove(HttpHeaderNames.HOST);
    if (Grpc.isGrpc(from.get(HttpHeaderNames.CONTENT_TYPE))) {
      headers.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS); // its sign that nobody drops any
    }
    return headers;
  }

  // ── from the function ────────────────────────────────────────────────────────────────────────

  /** Returns an answer's head, or null where it is none. */
  static @Nullable FullHttpResponse head(Http2Headers from) {
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    CharSequence status = null;
    boolean hasLength = false;
    for (Map.Entry<CharSequence, CharSequence> header : from) {
      CharSequence name = header.getKey();
      CharSequence value = header.getValue();
      if (Http2Headers.PseudoHeaderName.STATUS.value().contentEquals(name)) {
        if (status != null || !headers.isEmpty()) {
          return null;
        }
        status = value;
      } else if (!Http2Requests.isName(name) || !Http2Requests.isValue(value)) {
        return null;
      } else {
        switch (Names.of(name)) {
          case CONNECTION, TRANSFER_ENCODING, UPGRADE -> {
            return null;
          }
          case HOP_BY_HOP -> {
            // belongs to a connection of HTTP/1.1
          }
          case CONTENT_LENGTH -> {
            if (hasLength || number(value) < 0) {
              return null;
            }
            hasLength = true;
            headers.add(name, value);
          }
          default -> headers.add(name, value);
        }
      }
    }
    int code = status == null || status.length() != 3 ? -1 : (int) number(status);
    return code < 100
        ? null
        : new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(code),
            Unpooled.EMPTY_BUFFER,
            headers,
            EmptyHttpHeaders.INSTANCE);
  }

  /** The same without an end. */
  static HttpResponse headOnly(FullHttpResponse whole) {
    return new DefaultHttpResponse(whole.protocolVersion(), whole.status(), whole.headers());
  }

  /** How long the answer's body will be by its own word; -1 where it does not say. */
  static long length(Http2Headers from) {
    CharSequence length = from.get(HttpHeaderNames.CONTENT_LENGTH);
    return length == null ? -1 : number(length);
  }

  /** Returns -1 for what is no number. */
  private static long number(CharSequence text) {
    long number = text.isEmpty() || text.length() > 18 ? -1 : 0;
    for (int i = 0; i < text.length() && number >= 0; i++) {
      char c = text.charAt(i);
      number = c >= '0' && c <= '9' ? number * 10 + (c - '0') : -1;
    }
    return number;
  }

  /** Returns what comes after a body, or null where it is not valid. */
  static @Nullable LastHttpContent trailers(Http2Headers from) {
    LastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
    for (Map.Entry<CharSequence, CharSequence> trailer : from) {
      if (!Http2Requests.isName(trailer.getKey()) || !Http2Requests.isValue(trailer.getValue())) {
        return null;
      }
      if (Names.of(trailer.getKey()) == Names.ORDINARY) {
        last.trailingHeaders().add(trailer.getKey(), trailer.getValue());
      }
    }
    return last;
  }

  static String givenUp(long code) {
    Http2Error known = Http2Error.valueOf(code);
    return "The function gave the request up without an answer (%s)."
        .formatted(known == null ? "error " + code : known.name());
  }
}
