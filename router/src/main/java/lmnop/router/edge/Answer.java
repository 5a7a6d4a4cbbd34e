package lmnop.router.edge;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.router.outcome.ErrorPage;
import lmnop.router.outcome.Outcome;
import lmnop.router.resolve.Resolver;
import org.jspecify.annotations.Nullable;

/** An answer on its way to the client: the function's, piece by piece, or one of the router's. */
final class Answer {
  /** A function that sends more than these answers 1xx before its real one never means to end. */
  static final int INTERIM_AT_MOST = 32;

  private final Exchange exchange;
  private int interim;
  private boolean started;
  private boolean keepsConnection;
  private boolean endsByClosing;
  private int status;
  private long sent;

  Answer(Exchange exchange) {
    this.exchange = exchange;
  }

  /** Whether the client has the answer's head, so that no other answer can be given. */
  boolean isStarted() {
    return started;
  }

  int status() {
    return status;
  }

  /** How many bytes of its body were passed on. */
  long sent() {
    return sent;
  }

  boolean keepsConnection() {
    return keepsConnection;
  }

  /** Whether only a closed connection tells the client where the answer ends. */
  boolean endsByClosing() {
    return endsByClosing;
  }

  // ── the function's ───────────────────────────────────────────────────────────────────────────

  /** A 1xx answer: the real one is still to come. */
  void interim(HttpResponse head) {
    interim++;
    if (interim > INTERIM_AT_MOST) {
      exchange.end(Outcome.INTERIM_WITHOUT_END);
      return;
    }
    exchange.patience().moved();
    if (exchange.client().speaksOld()) {
      return;
    }
    FullHttpResponse passed =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, head.status(), Unpooled.EMPTY_BUFFER);
    passed.headers().set(head.headers());
    dropConnectionHeaders(passed.headers());
    write(passed);
  }

  /** The last words of HTTP on both connections. */
  void switching(HttpResponse head) {
    started = true;
    status = head.status().code();
    String protocol = head.headers().get(HttpHeaderNames.UPGRADE);
    FullHttpResponse agreed =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, head.status(), Unpooled.EMPTY_BUFFER);
    HttpHeaders headers = agreed.headers();
    headers.set(head.headers());
    dropConnectionHeaders(headers);
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    headers.set(HttpHeaderNames.UPGRADE, protocol);
    headers.set(Names.X_CALL_ID, exchange.callId());
    headers.set(Names.X_START_TIME, exchange.startTime());
    exchange.client().write(agreed);
  }

  void head(HttpResponse head) {
    exchange.patience().moved();
    started = true;
    status = head.status().code();
    HttpHeaders headers = head.headers();
    boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    boolean framed = chunked || headers.contains(HttpHeaderNames.CONTENT_LENGTH) || isEmpty();
    dropConnectionHeaders(headers);
    boolean old = exchange.client().speaksOld();
    if (old && (chunked || !framed)) {
      headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
      endsByClosing = true;
    } else if (!framed) {
      headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    head.setProtocolVersion(HttpVersion.HTTP_1_1);
    timing(headers);
    Admission.describe(exchange, Outcome.ANSWERED, headers);
    Stickiness.describe(exchange, headers);
    finishHead(headers, exchange.client().wantsToStay() && !endsByClosing);
    exchange.client().write(head);
  }

  /** Tells whoever had to wait for an instance what that cost. */
  private void timing(HttpHeaders headers) {
    long waited = exchange.patience().waitedNanos();
    if (waited > 0) {
      String what = exchange.patience().waitedForAStart() ? "cold-start" : "queue";
      headers.add(Names.SERVER_TIMING, what + ";dur=" + waited / 1_000_000);
    }
  }

  private boolean isEmpty() {
    return status == 204
        || status == 304
        || status == 205
        || exchange.request().method().equals(HttpMethod.HEAD);
  }

  private void finishHead(HttpHeaders headers, boolean mayKeep) {
    keepsConnection = mayKeep && !exchange.lane().isDraining();
    if (!keepsConnection) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (exchange.client().speaksOld()) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    headers.set(Names.X_CALL_ID, exchange.callId());
    headers.set(Names.X_START_TIME, exchange.startTime());
    if (!headers.contains(HttpHeaderNames.DATE)) {
      headers.set(HttpHeaderNames.DATE, exchange.lane().date());
    }
  }

  /** What belongs to the connection to the function does not go to the client. */
  private static void dropConnectionHeaders(HttpHeaders headers) {
    List<CharSequence> dropped = List.of();
    var all = headers.iteratorCharSequence();
    while (all.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = all.next();
      Names meaning = Names.of(header.getKey());
      if (meaning == Names.HOP_BY_HOP || meaning == Names.UPGRADE || meaning == Names.CONNECTION) {
        dropped = dropped.isEmpty() ? new ArrayList<>(4) : dropped;
        dropped.add(header.getKey());
        if (meaning == Names.CONNECTION) {
          addNamed(dropped, header.getValue().toString());
        }
      }
    }
    for (int i = 0; i < dropped.size(); i++) {
      headers.remove(dropped.get(i));
    }
  }

  private static void addNamed(List<CharSequence> dropped, String connection) {
    if (connection.equalsIgnoreCase("keep-alive") || connection.equalsIgnoreCase("close")) {
      return;
    }
    for (String token : connection.split(",")) {
      String name = token.trim();
      if (!name.isEmpty() && Names.of(name) == Names.ORDINARY) {
        dropped.add(name);
      }
    }
  }

  void piece(HttpContent piece) {
    exchange.patience().moved();
    sent += piece.content().readableBytes();
    write(piece);
  }

  /** Writes, and reads no more of the function while the client takes no more. */
  private void write(HttpObject message) {
    exchange.client().write(message);
    Callee origin = exchange.origin();
    if (origin != null && !exchange.client().isWritable()) {
      origin.stopReading(true);
    }
  }

  void last(LastHttpContent last) {
    Names.keepOrdinary(last.trailingHeaders());
    sent += last.content().readableBytes();
    exchange.client().write(last);
    exchange.answered();
  }

  /** An answer without a body, whose head is all of it. */
  void whole(FullHttpResponse answer) {
    head(answer);
    exchange.answered();
  }

  /** The client takes more again. */
  void clientWritable() {
    exchange.patience().moved();
    Callee origin = exchange.origin();
    if (origin != null) {
      origin.stopReading(false);
    }
  }

  // ── the router's ─────────────────────────────────────────────────────────────────────────────

  /** Answers in the function's place. */
  void error(Outcome outcome, @Nullable String detail) {
    started = true;
    status = outcome.status();
    if (Grpc.isCall(exchange)) {
      grpcError(outcome, detail == null ? outcome.words() : detail);
      return;
    }
    String accept = exchange.request().headers().get(HttpHeaderNames.ACCEPT);
    ErrorPage page = ErrorPage.of(outcome, detail, exchange.callId(), accept);
    byte[] body =
        outcome == Outcome.PREFLIGHT ? new byte[0] : page.body().getBytes(StandardCharsets.UTF_8);
    FullHttpResponse answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(outcome.status()),
            Unpooled.wrappedBuffer(body));
    HttpHeaders headers = answer.headers();
    if (outcome != Outcome.PREFLIGHT) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, page.contentType());
      headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    }
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    headers.set(Names.X_OPENFAAS_INTERNAL, "router");
    if (outcome == Outcome.MOVED_TO_HTTPS) {
      headers.set(HttpHeaderNames.LOCATION, secureAddress());
    }
    if (outcome == Outcome.TOKEN_MISSING) {
      headers.set(HttpHeaderNames.WWW_AUTHENTICATE, Names.X_LMNOP_TOKEN);
    }
    if (outcome.passes()) {
      headers.set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    Admission.describe(exchange, outcome, headers);
    finishHead(headers, exchange.client().wantsToStay() && mayStayAfter(outcome));
    exchange.client().write(answer);
    exchange.client().exchangeEnded(exchange, keepsConnection);
  }

  private void grpcError(Outcome outcome, String sentence) {
    FullHttpResponse answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
    Grpc.describeHead(answer.headers());
    Grpc.describe(outcome, sentence, answer.headers());
    answer.headers().set(Names.X_OPENFAAS_INTERNAL, "router");
    Admission.describe(exchange, outcome, answer.headers());
    finishHead(answer.headers(), true);
    exchange.client().write(answer);
    exchange.client().exchangeEnded(exchange, keepsConnection);
  }

  /** Ends an answer that the client has a part of; returns whether that could be said in words. */
  boolean breakOff(Outcome outcome) {
    if (!Grpc.isCall(exchange)) {
      return false;
    }
    LastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
    Grpc.describe(outcome, outcome.words(), last.trailingHeaders());
    exchange.client().write(last);
    exchange.client().exchangeEnded(exchange, keepsConnection);
    return true;
  }

  private String secureAddress() {
    Resolver.Entrance entrance =
        exchange.client().entrances().of(Objects.requireNonNull(exchange.headers().host()));
    int port = Objects.requireNonNull(exchange.lane().context().redirect());
    String host = Objects.requireNonNull(entrance).host().name();
    return "https://" + host + (port == 443 ? "" : ":" + port) + exchange.target();
  }

  /** After a request that was not understood, nobody knows where the next one begins. */
  private boolean mayStayAfter(Outcome outcome) {
    boolean understood =
        switch (outcome) {
          case BAD_REQUEST,
              CLIENT_TOO_SLOW,
              BODY_TOO_LARGE,
              TARGET_TOO_LONG,
              HEADERS_TOO_LARGE,
              VERSION_UNSUPPORTED ->
              false;
          default -> true;
        };
    return understood && (exchange.upload().isComplete() || !exchange.headers().announcesBody());
  }
}
