package lmnop.router.edge;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns requests of HTTP/2 into those that functions get, and answers back. What could mean two
 * things in HTTP/1.1 is refused here, before it becomes any.
 */
final class Http2Requests {
  private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
  private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");

  private Http2Requests() {}

  // ── from the client ──────────────────────────────────────────────────────────────────────────

  /**
   * Reads a request's head.
   *
   * @param isAll whether no body follows
   */
  static HttpRequest head(int streamId, Http2Headers headers, boolean isAll) throws Http2Exception {
    Reading reading = new Reading();
    for (Map.Entry<CharSequence, CharSequence> header : headers) {
      CharSequence name = header.getKey();
      if (!name.isEmpty() && name.charAt(0) == ':') {
        reading.pseudo(name, header.getValue());
      } else {
        reading.ordinary(name, header.getValue());
      }
    }
    HttpRequest request = reading.request(isAll);
    if (request == null) {
      throw malformed(streamId, reading.problem);
    }
    return request;
  }

  static LastHttpContent trailers(int streamId, Http2Headers headers) throws Http2Exception {
    LastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
    for (Map.Entry<CharSequence, CharSequence> header : headers) {
      if (!isName(header.getKey()) || !isValue(header.getValue())) {
        throw malformed(streamId, "a trailer is not valid");
      }
      if (Names.of(header.getKey()) == Names.ORDINARY) {
        last.trailingHeaders().add(header.getKey(), header.getValue());
      }
    }
    return last;
  }

  private static Http2Exception malformed(int streamId, String problem) {
    return Http2Exception.streamError(streamId, Http2Error.PROTOCOL_ERROR, problem);
  }

  static boolean isName(CharSequence name) {
    return isToken(name, false);
  }

  /** What HTTP calls a token; names of HTTP/2 have no capitals. */
  private static boolean isToken(CharSequence text, boolean capitals) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter =
          (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (capitals && c >= 'A' && c <= 'Z');
      if (!letter && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  static boolean isValue(CharSequence value) {
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        return false;
      }
    }
    return length == 0 || !(isBlank(value.charAt(0)) || isBlank(value.charAt(length - 1)));
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static final class Reading {
    private final HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    private @Nullable CharSequence method;
    private @Nullable CharSequence scheme;
    private @Nullable CharSequence authority;
    private @Nullable CharSequence path;
    private @Nullable CharSequence host;
    private @Nullable StringBuilder cookies;
    private boolean hasLength;
    private boolean hasOrdinary;
    String problem = "";

    void pseudo(CharSequence name, CharSequence value) {
      if (hasOrdinary) {
        problem = "a pseudo-header comes after a header";
      } else if (!isValue(value)) {
        problem = "a pseudo-header is not valid";
      } else if (Http2Headers.PseudoHeaderName.METHOD.value().contentEquals(name)) {
        method = once(method, value);
      } else if (Http2Headers.PseudoHeaderName.SCHEME.value().contentEquals(name)) {
        scheme = once(scheme, value);
      } else if (Http2Headers.PseudoHeaderName.AUTHORITY.value().contentEquals(name)) {
        authority = once(authority, value);
      } else if (Http2Headers.PseudoHeaderName.PATH.value().contentEquals(name)) {
        path = once(path, value);
      } else {
        problem = "a pseudo-header is not one of a request";
      }
    }

    private CharSequence once(@Nullable CharSequence before, CharSequence value) {
      if (before != null) {
        problem = "a pseudo-header comes twice";
      }
      return value;
    }

    void ordinary(CharSequence name, CharSequence value) {
      hasOrdinary = true;
      if (!isName(name) || !isValue(value)) {
        problem = "a header is not valid";
        return;
      }
      switch (Names.of(name)) {
        case HOST -> {
          if (host != null && !host.toString().contentEquals(value)) {
            problem = "two hosts";
          }
          host = value;
        }
        case CONNECTION, TRANSFER_ENCODING, UPGRADE -> problem = "a header of HTTP/1.1 connections";
        case CONTENT_LENGTH -> length(name, value);
        case HOP_BY_HOP -> hopByHop(name, value);
        default -> other(name, value);
      }
    }

    private void length(CharSequence name, CharSequence value) {
      if (hasLength || value.isEmpty() || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
        problem = "a length that is no number, or two";
      }
      hasLength = true;
      headers.add(name, value);
    }

    private void hopByHop(CharSequence name, CharSequence value) {
      boolean isTe = HttpHeaderNames.TE.contentEquals(name);
      if (PROXY_CONNECTION.contentEquals(name)
          || KEEP_ALIVE.contentEquals(name)
          || (isTe && !HttpHeaderValues.TRAILERS.contentEqualsIgnoreCase(value))) {
        problem = "a header of HTTP/1.1 connections";
      }
    }

    private void other(CharSequence name, CharSequence value) {
      if (!HttpHeaderNames.COOKIE.contentEquals(name)) {
        headers.add(name, value);
      } else if (cookies == null) {
        cookies = new StringBuilder(value);
      } else {
        cookies.append("; ").append(value); // HTTP/2 may send them apart
      }
    }

    /** Returns null where there is a {@link #problem}. */
    @Nullable HttpRequest request(boolean isAll) {
      CharSequence verb = method;
      CharSequence target = path;
      String to = host();
      if (verb != null && HttpMethod.CONNECT.name().contentEquals(verb) && to != null) {
        target = to; // which is refused in words, like every request to be a proxy
      } else if (scheme == null || !(is(scheme, "https") || is(scheme, "http"))) {
        problem = "the scheme is not http or https";
      }
      if (verb == null || target == null || target.isEmpty() || !isToken(verb, true)) {
        problem = "no method or no path";
      }
      if (!problem.isEmpty() || verb == null || target == null) {
        return null;
      }
      if (to != null) {
        headers.set(HttpHeaderNames.HOST, to);
      }
      if (cookies != null) {
        headers.set(HttpHeaderNames.COOKIE, cookies.toString());
      }
      HttpMethod asked = HttpMethod.valueOf(verb.toString());
      announceBody(asked, isAll);
      return new DefaultHttpRequest(HttpVersion.HTTP_1_1, asked, target.toString(), headers);
    }

    private @Nullable String host() {
      String fromHost = host == null ? null : host.toString();
      if (authority == null || authority.isEmpty()) {
        return fromHost;
      }
      String to = authority.toString();
      if (to.indexOf('@') >= 0 || (fromHost != null && !fromHost.equalsIgnoreCase(to))) {
        problem = "the authority is not the host";
      }
      return to;
    }

    private void announceBody(HttpMethod asked, boolean isAll) {
      if (!isAll && !hasLength) {
        headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      } else if (isAll && !hasLength && mostlyHasBody(asked)) {
        headers.set(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO);
      }
    }

    private static boolean mostlyHasBody(HttpMethod asked) {
      return asked.equals(HttpMethod.POST)
          || asked.equals(HttpMethod.PUT)
          || asked.equals(HttpMethod.PATCH);
    }

    private static boolean is(@Nullable CharSequence value, String expected) {
      return value != null && AsciiString.contentEqualsIgnoreCase(value, expected);
    }
  }

  // ── to the client ────────────────────────────────────────────────────────────────────────────

  static Http2Headers head(HttpResponse answer) {
    HttpHeaders from = answer.headers();
    Http2Headers headers = new DefaultHttp2Headers(false, from.size() + 1);
    headers.status(answer.status().codeAsText());
    addTo(headers, from);
    return headers;
  }

  static Http2Headers trailers(HttpHeaders from) {
    Http2Headers headers = new DefaultHttp2Headers(false, from.size());
    addTo(headers, from);
    return headers;
  }

  static void addTo(Http2Headers headers, HttpHeaders from) {
    Iterator<Map.Entry<CharSequence, CharSequence>> all = from.iteratorCharSequence();
    while (all.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = all.next();
      AsciiString name = AsciiString.of(header.getKey()).toLowerCase();
      switch (Names.of(name)) {
        case CONNECTION, TRANSFER_ENCODING, UPGRADE, HOP_BY_HOP -> {
          // belong to a connection of HTTP/1.1
        }
        default -> headers.add(name, header.getValue());
      }
    }
  }
}
