package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;

/** Header names with a meaning for the router. */
enum Names {
  HOST,
  CONNECTION,
  CONTENT_LENGTH,
  TRANSFER_ENCODING,
  UPGRADE,
  CALL_ID,
  TRACE_PARENT,
  TRACE_STATE,
  /** Opens a function; the router's affair and nobody else's. */
  TOKEN,
  /** Belongs to one connection, not to the request. */
  HOP_BY_HOP,
  /** Says who a client is, or means to: never taken from a stranger. */
  IDENTITY,
  /** A WebSocket of 2010: its key of eight bytes follows the head, and no length says so. */
  HIDDEN_BODY,
  /** Reads like another name to programs that turn {@code -} into {@code _}. */
  ALIAS,
  ORDINARY;

  static final AsciiString TRACE_PARENT_NAME = AsciiString.cached("traceparent");
  static final AsciiString TRACE_STATE_NAME = AsciiString.cached("tracestate");
  static final AsciiString RATE_LIMIT = AsciiString.cached("RateLimit");
  static final AsciiString RATE_LIMIT_POLICY = AsciiString.cached("RateLimit-Policy");
  static final AsciiString SERVER_TIMING = AsciiString.cached("Server-Timing");
  static final AsciiString X_CALL_ID = AsciiString.cached("X-Call-Id");
  static final AsciiString X_LMNOP_TOKEN = AsciiString.cached("X-Lmnop-Token");
  static final AsciiString X_START_TIME = AsciiString.cached("X-Start-Time");
  static final AsciiString X_FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
  static final AsciiString X_FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
  static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");
  static final AsciiString X_OPENFAAS_INTERNAL = AsciiString.cached("X-OpenFaaS-Internal");

  private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
  private static final AsciiString PROXY = AsciiString.cached("proxy");
  private static final AsciiString HTTP2_SETTINGS = AsciiString.cached("http2-settings");

  /** Every name that begins with one of these is an identity. */
  private static final String[] IDENTITY_PREFIXES = {
    "x-forwarded",
    "x-real-ip",
    "x-lmnop-edge",
    "x-original-",
    "x-client-ip",
    "x-remote-",
    "x-start-time",
    "x-openfaas-internal",
    "true-client-ip"
  };

  /** Returns what a name means. */
  static Names of(CharSequence name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '_' || c == '.') {
        return ALIAS;
      }
    }
    return switch (name.charAt(0)) {
      case 'h', 'H' -> h(name);
      case 'c', 'C' -> c(name);
      case 't', 'T' -> t(name);
      case 'u', 'U' -> is(name, HttpHeaderNames.UPGRADE) ? UPGRADE : ORDINARY;
      case 'k', 'K' -> is(name, KEEP_ALIVE) ? HOP_BY_HOP : ORDINARY;
      case 'p', 'P' -> p(name);
      case 's', 'S' -> is(name, OLD_KEY_1) || is(name, OLD_KEY_2) ? HIDDEN_BODY : ORDINARY;
      case 'f', 'F' -> is(name, FORWARDED) ? IDENTITY : ORDINARY;
      case 'x', 'X' -> x(name);
      default -> ORDINARY;
    };
  }

  /**
   * Drops what has a meaning here: a trailer must not say what the head was not allowed to, for
   * programs that read both as one.
   */
  static void keepOrdinary(HttpHeaders trailers) {
    if (!trailers.isEmpty()) {
      for (String name : trailers.names()) {
        if (of(name) != ORDINARY) {
          trailers.remove(name);
        }
      }
    }
  }

  private static final AsciiString OLD_KEY_1 = AsciiString.cached("sec-websocket-key1");
  private static final AsciiString OLD_KEY_2 = AsciiString.cached("sec-websocket-key2");
  private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
  private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");

  private static boolean is(CharSequence name, AsciiString known) {
    return known.contentEqualsIgnoreCase(name);
  }

  private static Names h(CharSequence name) {
    if (is(name, HttpHeaderNames.HOST)) {
      return HOST;
    }
    return is(name, HTTP2_SETTINGS) ? HOP_BY_HOP : ORDINARY;
  }

  private static Names c(CharSequence name) {
    if (is(name, HttpHeaderNames.CONTENT_LENGTH)) {
      return CONTENT_LENGTH;
    }
    return is(name, HttpHeaderNames.CONNECTION) ? CONNECTION : ORDINARY;
  }

  private static Names t(CharSequence name) {
    if (is(name, HttpHeaderNames.TRANSFER_ENCODING)) {
      return TRANSFER_ENCODING;
    }
    if (is(name, HttpHeaderNames.TE) || is(name, HttpHeaderNames.TRAILER)) {
      return HOP_BY_HOP;
    }
    if (is(name, TRACE_PARENT_NAME)) {
      return TRACE_PARENT;
    }
    if (is(name, TRACE_STATE_NAME)) {
      return TRACE_STATE;
    }
    return startsWith(name, "true-client-ip") ? IDENTITY : ORDINARY;
  }

  private static Names p(CharSequence name) {
    if (is(name, HttpHeaderNames.PROXY_AUTHENTICATE)
        || is(name, HttpHeaderNames.PROXY_AUTHORIZATION)
        || is(name, PROXY_CONNECTION)) {
      return HOP_BY_HOP;
    }
    return is(name, PROXY) ? IDENTITY : ORDINARY;
  }

  private static Names x(CharSequence name) {
    if (is(name, X_CALL_ID)) {
      return CALL_ID;
    }
    if (is(name, X_LMNOP_TOKEN)) {
      return TOKEN;
    }
    for (String prefix : IDENTITY_PREFIXES) {
      if (startsWith(name, prefix)) {
        return IDENTITY;
      }
    }
    return ORDINARY;
  }

  private static boolean startsWith(CharSequence name, String prefix) {
    return AsciiString.regionMatches(name, true, 0, prefix, 0, prefix.length());
  }
}
