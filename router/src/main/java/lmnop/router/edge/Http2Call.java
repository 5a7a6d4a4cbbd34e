package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.ReferenceCountUtil;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;

/** One request on an HTTP/2 connection, and its answer. */
final class Http2Call implements Caller {
  private final Http2Client client;
  private final Http2Stream stream;
  private @Nullable Exchange exchange;
  private @Nullable ChannelFuture lastWrite;
  private boolean answered;
  private boolean gone;
  private long endedAt;
  private boolean held;
  private int heldBytes;

  Http2Call(Http2Client client, Http2Stream stream) {
    this.client = client;
    this.stream = stream;
  }

  /** Whether there is a request that has no outcome yet. */
  boolean isRunning() {
    Exchange current = exchange;
    return current != null && !current.hasEnded();
  }

  // ── what the client sends ────────────────────────────────────────────────────────────────────

  void begin(HttpRequest request, boolean isAll) {
    Exchange fresh = new Exchange(this, request);
    exchange = fresh;
    if (isAll) {
      fresh.upload().take(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    fresh.proceed();
  }

  /** Returns how much of it the client may send in its place at once. */
  int data(ByteBuf data, int size, boolean isLast) {
    Exchange current = exchange;
    if (current == null || current.hasEnded()) {
      return size; // answered already, and the client is about to be told to stop
    }
    ByteBuf kept = data.retain();
    current.upload().take(isLast ? new DefaultLastHttpContent(kept) : new DefaultHttpContent(kept));
    if (held && !gone) {
      heldBytes += size;
      client.held(size);
      return 0;
    }
    return size;
  }

  void trailers(LastHttpContent trailers) {
    Exchange current = exchange;
    if (current != null && !current.hasEnded()) {
      current.upload().take(trailers);
    }
  }

  @Override
  public void holdUpload(boolean hold) {
    held = hold;
    int bytes = heldBytes;
    if (!hold && bytes > 0 && !gone) {
      heldBytes = 0;
      client.held(-bytes);
      client.consumed(stream, bytes);
    }
  }

  // ── what the router sends ────────────────────────────────────────────────────────────────────

  @Override
  public void write(HttpObject part) {
    if (gone) {
      ReferenceCountUtil.release(part);
      return;
    }
    if (part instanceof HttpResponse head) {
      boolean isAll = isAll(head);
      answered = isAll;
      client.writeHeaders(stream, Http2Requests.head(head), isAll);
      if (isAll || head.status().code() < 200) {
        ReferenceCountUtil.release(part);
        return;
      }
    }
    if (part instanceof HttpContent piece) {
      content(piece);
    }
  }

  /** Whether the answer is nothing but a head: gRPC tells that from an empty body. */
  private static boolean isAll(HttpResponse head) {
    return head instanceof FullHttpResponse whole
        && head.status().code() >= 200
        && !whole.content().isReadable()
        && whole.trailingHeaders().isEmpty();
  }

  private void content(HttpContent piece) {
    LastHttpContent last = piece instanceof LastHttpContent end ? end : null;
    answered = last != null;
    boolean hasTrailers = last != null && !last.trailingHeaders().isEmpty();
    if (last == null || !hasTrailers || piece.content().isReadable()) {
      lastWrite = client.writeData(stream, piece.content(), last != null && !hasTrailers);
    } else {
      piece.release();
    }
    if (last != null && hasTrailers) {
      client.writeHeaders(stream, Http2Requests.trailers(last.trailingHeaders()), true);
    }
  }

  @Override
  public void exchangeEnded(Exchange ended, boolean stays) {
    exchange = null;
    endedAt = System.nanoTime();
    ChannelFuture sending = lastWrite;
    if (ended.upload().isComplete() || gone) {
      return;
    }
    if (sending == null) {
      stopUpload();
    } else {
      sending.addListener(done -> stopUpload());
    }
  }

  /** The answer is whole, and nobody wants the rest of the request. */
  private void stopUpload() {
    if (!gone && stream.state().remoteSideOpen()) {
      client.reset(stream, Http2Error.NO_ERROR);
    }
  }

  @Override
  public void abort() {
    Exchange current = exchange;
    exchange = null;
    if (current != null && !current.hasEnded()) {
      current.end(Outcome.CLIENT_LEFT);
    } else if (!gone) {
      client.reset(stream, Http2Error.INTERNAL_ERROR);
    }
  }

  void takesMore() {
    Exchange current = exchange;
    if (current != null) {
      current.answer().clientWritable();
    }
  }

  /** The stream is closed, by whomever. */
  void left() {
    gone = true;
    client.held(-heldBytes);
    heldBytes = 0;
    Exchange current = exchange;
    exchange = null;
    if (current != null && !current.hasEnded() && !answered) {
      current.end(Outcome.CLIENT_LEFT);
    }
  }

  // ── deadlines ────────────────────────────────────────────────────────────────────────────────

  boolean isOverdue(long now) {
    Exchange current = exchange;
    return current == null ? isUntaken(now) : current.patience().overdue(now) != null;
  }

  /** Whether the client has not made room for the rest of its answer for longer than it may. */
  private boolean isUntaken(long now) {
    return !gone && now - endedAt > lane().settings().answerIdleTime().toNanos();
  }

  void overdue(long now) {
    Exchange current = exchange;
    Outcome outcome = current == null ? null : current.patience().overdue(now);
    if (current != null && outcome != null) {
      current.end(outcome);
    } else if (current == null && isUntaken(now)) {
      client.reset(stream, Http2Error.CANCEL);
    }
  }

  // ── as a caller ──────────────────────────────────────────────────────────────────────────────

  @Override
  public Lane lane() {
    return client.lane();
  }

  @Override
  public Peer peer() {
    return client.peer();
  }

  @Override
  public Forwarding forwarding() {
    return client.forwarding();
  }

  @Override
  public String protocol() {
    return "HTTP/2";
  }

  @Override
  public boolean readsTrailers() {
    return true;
  }

  @Override
  public boolean speaksOld() {
    return false;
  }

  @Override
  public boolean wantsToStay() {
    return true;
  }

  @Override
  public boolean isWritable() {
    return !gone && client.takes(stream);
  }

  @Override
  public LastEntrance entrances() {
    return client.entrances();
  }

  @Override
  public void switchProtocols(Exchange ended, OriginConnection origin) {
    throw new IllegalStateException("HTTP/2 has no Upgrade, so nobody can have asked for one");
  }
}
