package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.List;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * A request's body on its way: what came before there was a connection is held, and the client is
 * stopped meanwhile, so that never more than one read is in memory.
 */
final class Upload {
  private static final int SMALL = 1024;
  private static final int TOGETHER = 8 * 1024;
  private static final int REWOUND_AT_MOST = 3;

  private final Exchange exchange;
  private final ArrayDeque<HttpContent> held = new ArrayDeque<>(2);
  private @Nullable Callee origin;
  private @Nullable ByteBuf gathered;
  private @Nullable HttpHeaders trailers;
  private long received;
  private boolean passedBytes;
  private boolean complete;
  private boolean heldBack;
  private int rewound;

  Upload(Exchange exchange) {
    this.exchange = exchange;
  }

  /** How many bytes of it came. */
  long received() {
    return received;
  }

  /** Whether the whole request has arrived. */
  boolean isComplete() {
    return complete;
  }

  /** Whether the client is stopped because the function takes no more at the moment. */
  boolean isHeldBack() {
    return heldBack;
  }

  /** Whether more has come than a function takes, or the request's head says that more will. */
  boolean isMoreThan(@Nullable Long limit) {
    return limit != null && Math.max(received, exchange.headers().contentLength()) > limit;
  }

  /** A piece came from the client. */
  void take(HttpContent piece) {
    received += piece.content().readableBytes();
    complete = piece instanceof LastHttpContent;
    if (piece instanceof LastHttpContent last) {
      Names.keepOrdinary(last.trailingHeaders());
      trailers = last.trailingHeaders().isEmpty() ? null : last.trailingHeaders();
    }
    exchange.patience().moved();
    if (isMoreThan(exchange.policy().bodyLimitBytes())) {
      piece.release();
      exchange.end(Outcome.BODY_TOO_LARGE);
      return;
    }
    if (origin != null) {
      pass(origin, piece);
    } else {
      hold(piece);
      holdBack(!complete);
    }
  }

  /** Keeps small pieces together: each alone would cost hundreds of times its size. */
  private void hold(HttpContent piece) {
    int size = piece.content().readableBytes();
    if (piece instanceof LastHttpContent || size > SMALL) {
      gathered = null;
      held.add(piece);
      return;
    }
    ByteBuf all = gathered;
    if (all == null || all.writableBytes() < size) {
      all = piece.content().alloc().buffer(TOGETHER);
      gathered = all;
      held.add(new DefaultHttpContent(all));
    }
    all.writeBytes(piece.content());
    piece.release();
  }

  /** The request's head was sent: what is held follows, and the rest as it comes. */
  void flowInto(Callee connection) {
    origin = connection;
    gathered = null;
    for (HttpContent piece = held.poll(); piece != null; piece = held.poll()) {
      pass(connection, piece);
    }
    if (heldBack) {
      holdBack(!complete && !connection.isWritable());
    }
  }

  private void pass(Callee connection, HttpContent piece) {
    passedBytes |= piece.content().isReadable();
    connection.write(piece);
    if (!complete && !connection.isWritable()) {
      holdBack(true);
    }
  }

  /** The function takes more again. */
  void originWritable() {
    exchange.patience().moved();
    if (heldBack) {
      holdBack(false);
    }
  }

  private void holdBack(boolean hold) {
    if (heldBack != hold) {
      heldBack = hold;
      exchange.clientMaySend(!hold);
    }
  }

  /**
   * Whether the request may be sent again after its connection was lost: nothing of it was sent, or
   * its method promises that twice is as good as once and nothing of a body is gone.
   */
  boolean mayBeRepeated(HttpMethod method, Callee lost) {
    if (passedBytes) {
      return false;
    }
    return !lost.hasSent() || isIdempotent(method);
  }

  private static boolean isIdempotent(HttpMethod method) {
    return method.equals(HttpMethod.GET)
        || method.equals(HttpMethod.HEAD)
        || method.equals(HttpMethod.OPTIONS)
        || method.equals(HttpMethod.PUT)
        || method.equals(HttpMethod.DELETE)
        || method.equals(HttpMethod.TRACE);
  }

  /** Makes ready for another connection; {@link #mayBeRepeated} said that it may. */
  void rewind() {
    origin = null;
    if (complete && held.isEmpty()) {
      held.add(
          trailers == null
              ? LastHttpContent.EMPTY_LAST_CONTENT
              : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
    }
  }

  /**
   * Makes ready for another connection with all of it that was sent to one that did not take it.
   * Returns false, and lets go of it, if it may not be sent again or was too often.
   */
  boolean rewind(List<HttpContent> all, boolean may) {
    origin = null;
    if (!may || rewound == REWOUND_AT_MOST) {
      all.forEach(ReferenceCountUtil::release);
      return false;
    }
    rewound++;
    held.addAll(all);
    return true;
  }

  void release() {
    origin = null;
    gathered = null;
    for (HttpContent piece = held.poll(); piece != null; piece = held.poll()) {
      ReferenceCountUtil.release(piece);
    }
    if (heldBack) {
      holdBack(false);
    }
  }
}
