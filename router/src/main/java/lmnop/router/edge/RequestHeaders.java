package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one look over a request's headers found; the headers themselves stay as they came. */
final class RequestHeaders {
  private final @Nullable String host;
  private final @Nullable String callId;
  private final @Nullable CharSequence traceParent;
  private final @Nullable CharSequence token;
  private final @Nullable String upgrade;
  private final boolean chunked;
  private final long contentLength;
  private final List<CharSequence> dropped;
  private final @Nullable String problem;

  private RequestHeaders(Scan scan) {
    this.host = scan.host;
    this.callId = scan.callId;
    this.traceParent = scan.traceParent;
    this.token = scan.token;
    this.upgrade = scan.asksForUpgrade ? scan.upgrade : null;
    this.chunked = scan.chunked;
    this.contentLength = scan.contentLength;
    this.dropped = scan.dropped;
    this.problem = scan.problem;
  }

  static RequestHeaders scan(HttpHeaders headers) {
    Scan scan = new Scan();
    Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
    while (all.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = all.next();
      scan.look(header.getKey(), header.getValue());
    }
    scan.finish();
    return new RequestHeaders(scan);
  }

  @Nullable String host() {
    return host;
  }

  /** The client's own call id, if it sent one that is fit to be passed on. */
  @Nullable String callId() {
    return callId;
  }

  /** The trace that the client is in the middle of, if it says so as is to be done. */
  @Nullable CharSequence traceParent() {
    return traceParent;
  }

  /** What the client shows to be let in, if it shows anything. Never written anywhere. */
  @Nullable CharSequence token() {
    return token;
  }

  /** The one protocol that the client asks to change to, if it does so as is to be done. */
  @Nullable String upgrade() {
    return upgrade;
  }

  /** Whether a body follows. */
  boolean announcesBody() {
    return chunked || contentLength > 0;
  }

  /** How long the body will be by the request's own word; 0 where it does not say. */
  long contentLength() {
    return contentLength;
  }

  /** Names that do not go to the function. */
  List<CharSequence> dropped() {
    return dropped;
  }

  /** What makes the headers ambiguous, if anything does. */
  @Nullable String problem() {
    return problem;
  }

  private static final class Scan {
    private static final int LONGEST_CALL_ID = 128;

    @Nullable String host;
    @Nullable String callId;
    @Nullable CharSequence traceParent;
    @Nullable CharSequence traceState;
    @Nullable CharSequence token;
    @Nullable String upgrade;
    @Nullable String connection;
    boolean asksForUpgrade;
    @Nullable String problem;
    boolean chunked;
    long contentLength;
    List<CharSequence> dropped = List.of();

    void look(CharSequence name, CharSequence value) {
      switch (Names.of(name)) {
        case ORDINARY -> {}
        case HOST -> {
          if (host != null) {
            problem = "The request has two Host headers.";
          }
          host = value.toString();
        }
        case CONTENT_LENGTH -> contentLength = length(value);
        case TRANSFER_ENCODING -> {
          if (chunked || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(value)) {
            problem = "The only Transfer-Encoding that is understood here is 'chunked', once.";
          }
          chunked = true;
        }
        case CONNECTION -> {
          connection = connection == null ? value.toString() : connection + "," + value;
          drop(name);
        }
        case UPGRADE -> {
          upgrade = upgrade == null && isToken(value) ? value.toString() : "";
          drop(name);
        }
        case CALL_ID -> {
          callId = callId == null && isFit(value) ? value.toString() : callId;
          drop(name);
        }
        case TRACE_PARENT -> {
          traceParent = traceParent == null && TraceParent.isValid(value) ? value : null;
          drop(name);
        }
        case TRACE_STATE -> traceState = name;
        case TOKEN -> {
          if (token != null) {
            problem = "The request has two X-Lmnop-Token headers.";
          }
          token = value;
          drop(name);
        }
        case HIDDEN_BODY -> problem = "WebSockets are understood here as RFC 6455 has them.";
        case HOP_BY_HOP, IDENTITY, ALIAS -> drop(name);
      }
    }

    /** The decoder lets only digits through; this does not build on it. */
    private long length(CharSequence value) {
      try {
        return Long.parseLong(value, 0, value.length(), 10);
      } catch (NumberFormatException e) {
        problem = "The Content-Length is not a number.";
        return 0;
      }
    }

    private void drop(CharSequence name) {
      if (dropped.isEmpty()) {
        dropped = new ArrayList<>(4);
      }
      dropped.add(name);
    }

    void finish() {
      if (traceState != null && traceParent == null) {
        drop(traceState);
      }
      if (connection != null && !isPlain(connection)) {
        for (String token : connection.split(",")) {
          String name = token.trim();
          if (!name.isEmpty()) {
            asksForUpgrade |= name.equalsIgnoreCase("upgrade");
            dropNamed(name);
          }
        }
      }
    }

    private static boolean isPlain(String connection) {
      return connection.equalsIgnoreCase("keep-alive") || connection.equalsIgnoreCase("close");
    }

    private void dropNamed(String name) {
      Names meaning = Names.of(name);
      if (meaning == Names.HOST
          || meaning == Names.CONTENT_LENGTH
          || meaning == Names.TRANSFER_ENCODING) {
        problem = "The Connection header names " + meaning + ", which belongs to the request.";
      } else {
        drop(name);
      }
    }

    private static boolean isToken(CharSequence value) {
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && "-_./+".indexOf(c) < 0) {
          return false;
        }
      }
      return true;
    }

    private static boolean isFit(CharSequence value) {
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && "-_.:/+=@".indexOf(c) < 0) {
          return false;
        }
      }
      return !value.isEmpty() && value.length() <= LONGEST_CALL_ID;
    }
  }
}
