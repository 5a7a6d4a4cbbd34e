package lmnop.router.edge;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Locale;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;

/** The step CHECK. */
final class RequestCheck {
  private RequestCheck() {}

  static Progress run(Exchange exchange) {
    HttpRequest request = exchange.request();
    HttpVersion version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return exchange.refuse(Outcome.VERSION_UNSUPPORTED, null);
    }
    if (request.uri().length() > exchange.lane().settings().requestLineBytes()) {
      return exchange.refuse(Outcome.TARGET_TOO_LONG, null); // HTTP/2 has no line
    }
    if (request.headers().size() > exchange.lane().settings().headerFields()) {
      return exchange.refuse(Outcome.HEADERS_TOO_LARGE, null);
    }
    RequestHeaders headers = RequestHeaders.scan(request.headers());
    String problem = headers.problem();
    if (problem == null) {
      problem = problemOf(request, headers);
    }
    if (problem != null) {
      return exchange.refuse(Outcome.BAD_REQUEST, problem);
    }
    exchange.checked(headers, forwarding(exchange), originForm(request.uri()));
    return Progress.NEXT;
  }

  private static Forwarding forwarding(Exchange exchange) {
    Peer peer = exchange.client().peer();
    return peer.trusted()
        ? Forwarding.of(peer, exchange.request().headers(), exchange.lane().context().trusted())
        : exchange.client().forwarding();
  }

  private static @Nullable String problemOf(HttpRequest request, RequestHeaders headers) {
    if (request.method().equals(HttpMethod.CONNECT)) {
      return "This router is no proxy for CONNECT.";
    }
    String host = headers.host();
    if (host == null && request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      return "The request has no Host header.";
    }
    return targetProblem(request.uri(), host);
  }

  private static @Nullable String targetProblem(String target, @Nullable String host) {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\') {
        return "The request's address has a character that must be percent-encoded.";
      }
    }
    if (target.startsWith("/")) {
      return null;
    }
    String authority = authority(target);
    if (authority == null) {
      return "The request's address begins neither with a slash nor with http://.";
    }
    return authority.equalsIgnoreCase(host)
        ? null
        : "The host in the request's address is not the one in its Host header.";
  }

  /** Returns the authority of an absolute {@code http} address, or null where it is none. */
  private static @Nullable String authority(String target) {
    String scheme = "http://";
    if (!target.toLowerCase(Locale.ROOT).startsWith(scheme)) {
      return null;
    }
    return target.substring(scheme.length(), endOfAuthority(target));
  }

  private static int endOfAuthority(String target) {
    int end = "http://".length();
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    return end;
  }

  private static String originForm(String target) {
    if (target.startsWith("/")) {
      return target;
    }
    String rest = target.substring(endOfAuthority(target));
    return rest.startsWith("/") ? rest : "/" + rest;
  }
}
