package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;

/** One request on a connection to an instance that speaks HTTP/2, and its answer. */
final class OriginStream implements Callee {
  /** Of a request, what is kept until an answer begins, for the case that nobody took it. */
  private static final int KEPT_BYTES = 1 << 16;

  private static final int KEPT_PIECES = 16;

  private final Http2Origin connection;
  private final boolean reused;
  private final long begun = System.nanoTime();
  private @Nullable Exchange exchange;
  private @Nullable Http2Stream stream;
  private @Nullable List<HttpContent> kept = new ArrayList<>(2);
  private int keptBytes;
  private boolean sent;
  private boolean sentAll;
  private boolean closed;
  private boolean headCame;
  private boolean heard;
  private boolean held;
  private int heldBytes;
  private long resetCode = -1;
  private long promised = -1;
  private boolean bodiless;
  private long came;

  OriginStream(Http2Origin connection, boolean reused) {
    this.connection = connection;
    this.reused = reused;
  }

  // ── for the request ──────────────────────────────────────────────────────────────────────────

  @Override
  public void begin(Exchange next) {
    exchange = next;
  }

  /** A second connection that is lost under the same request was not old: it is the instance. */
  @Override
  public boolean wasReused() {
    Exchange current = exchange;
    return reused && !heard && current != null && !current.wantsFreshConnection();
  }

  @Override
  public boolean hasSent() {
    return sent;
  }

  @Override
  public boolean isBroken() {
    return connection.isBroken();
  }

  @Override
  public boolean isWritable() {
    Http2Stream on = stream;
    return on != null && !closed && connection.takes(on);
  }

  @Override
  public void write(Object part) {
    if (part instanceof HttpRequest head) {
      head(head);
    } else if (part instanceof HttpContent piece) {
      piece(piece);
    }
  }

  private void head(HttpRequest head) {
    Exchange current = exchange;
    sent = true;
    sentAll = current != null && !current.headers().announcesBody();
    stream = connection.begin(this, Http2Answers.request(head), sentAll);
    if (stream == null) {
      resetCode = Http2Error.REFUSED_STREAM.code(); // the connection takes no more
      connection.lane().loop().execute(this::left);
    }
  }

  private void piece(HttpContent piece) {
    Http2Stream on = stream;
    keep(piece);
    if (on == null || closed || sentAll) {
      piece.release();
      return;
    }
    LastHttpContent last = piece instanceof LastHttpContent end ? end : null;
    boolean hasTrailers = last != null && !last.trailingHeaders().isEmpty();
    sentAll = last != null;
    if (!hasTrailers || piece.content().isReadable()) {
      connection.writeData(on, piece.content(), last != null && !hasTrailers);
    } else {
      piece.release();
    }
    if (last != null && hasTrailers) {
      connection.writeHeaders(on, Http2Requests.trailers(last.trailingHeaders()));
    }
  }

  private void keep(HttpContent piece) {
    List<HttpContent> all = kept;
    if (all == null) {
      return;
    }
    keptBytes += piece.content().readableBytes();
    if (keptBytes > KEPT_BYTES || all.size() == KEPT_PIECES) {
      forget();
    } else {
      all.add(piece.retainedDuplicate());
    }
  }

  private void forget() {
    List<HttpContent> all = kept;
    kept = null;
    if (all != null) {
      all.forEach(ReferenceCountUtil::release);
    }
  }

  @Override
  public void stopReading(boolean stop) {
    held = stop;
    int bytes = heldBytes;
    Http2Stream on = stream;
    if (!stop && bytes > 0 && on != null && !closed) {
      heldBytes = 0;
      connection.consumed(on, bytes);
    }
  }

  @Override
  public void abandon() {
    exchange = null;
    forget();
    Http2Stream on = stream;
    if (on == null) {
      closed = true;
      connection.over(this);
    } else if (!closed) {
      if (!heard) {
        connection.unheard(begun);
      }
      connection.cancel(on);
    }
  }

  void takesMore() {
    Exchange current = exchange;
    if (current != null) {
      current.upload().originWritable();
    }
  }

  // ── what the instance sends ──────────────────────────────────────────────────────────────────

  void headers(Http2Headers headers, boolean isLast) {
    Exchange current = exchange;
    if (current == null) {
      return;
    }
    heard = true;
    forget();
    if (headCame) {
      trailers(current, headers, isLast);
    } else if (headers.size() > connection.lane().settings().answerHeaderFields()) {
      current.end(Outcome.BAD_ANSWER);
    } else {
      head(current, headers, isLast);
    }
  }

  private void head(Exchange current, Http2Headers headers, boolean isLast) {
    FullHttpResponse head = Http2Answers.head(headers);
    int status = head == null ? 101 : head.status().code();
    if (head == null || status == 101 || (status < 200 && isLast)) {
      current.end(Outcome.BAD_ANSWER);
    } else if (status < 200) {
      current.answer().interim(head);
    } else {
      headCame = true;
      promised = Http2Answers.length(headers);
      bodiless =
          current.request().method().equals(HttpMethod.HEAD)
              || status == 204
              || status == 205
              || status == 304;
      pass(current, head, isLast);
    }
  }

  private void pass(Exchange current, FullHttpResponse head, boolean isLast) {
    if (!isLast) {
      current.answer().head(Http2Answers.headOnly(head));
    } else if (isWhole()) {
      exchange = null;
      current.answer().whole(head);
    } else {
      current.end(Outcome.BAD_ANSWER);
    }
  }

  private boolean isWhole() {
    return bodiless || promised < 0 || came == promised;
  }

  private void trailers(Exchange current, Http2Headers headers, boolean isLast) {
    LastHttpContent last = isLast && isWhole() ? Http2Answers.trailers(headers) : null;
    if (last == null) {
      current.end(Outcome.ANSWER_BROKEN);
    } else {
      exchange = null;
      current.answer().last(last);
    }
  }

  /** Returns how much of it the instance may send in its place at once. */
  int data(ByteBuf data, int size, boolean isLast) {
    Exchange current = exchange;
    if (current == null) {
      return size;
    }
    came += data.readableBytes();
    boolean tooMuch = bodiless ? came > 0 : promised >= 0 && came > promised;
    if (!headCame) {
      current.end(Outcome.BAD_ANSWER);
    } else if (tooMuch || (isLast && !isWhole())) {
      current.end(Outcome.ANSWER_BROKEN);
    } else if (isLast) {
      exchange = null;
      current.answer().last(new DefaultLastHttpContent(data.retain()));
    } else if (data.isReadable()) {
      current.answer().piece(new DefaultHttpContent(data.retain()));
    }
    if (held && !closed) {
      heldBytes += size;
      return 0;
    }
    return size;
  }

  /** The instance gives the request up; the end of the stream follows at once. */
  void wasReset(long code) {
    resetCode = code;
  }

  /** What came breaks the rules. */
  void broken() {
    Exchange current = exchange;
    if (current != null) {
      current.end(current.answer().isStarted() ? Outcome.ANSWER_BROKEN : Outcome.BAD_ANSWER);
    } else {
      abandon();
    }
  }

  /** The stream is closed, by whomever. */
  void left() {
    if (closed) {
      return;
    }
    closed = true;
    connection.over(this);
    Exchange current = exchange;
    exchange = null;
    if (current == null) {
      forget();
    } else if (current.answer().isStarted()) {
      forget();
      current.end(Outcome.ANSWER_BROKEN);
    } else {
      withoutAnswer(current);
    }
  }

  private void withoutAnswer(Exchange current) {
    List<HttpContent> all = kept;
    if (resetCode == Http2Error.REFUSED_STREAM.code() && all != null) {
      kept = null;
      current.notTaken(all);
      return;
    }
    forget();
    if (resetCode >= 0) {
      current.refuse(Outcome.CONNECTION_BROKEN, Http2Answers.givenUp(resetCode));
    } else {
      exchange = current; // asked whether the connection was used before
      current.connectionLost();
      exchange = null;
    }
  }
}
