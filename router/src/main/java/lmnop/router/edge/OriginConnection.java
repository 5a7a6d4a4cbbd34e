package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to an instance. It goes back to its pool only after a complete, well-framed answer
 * with nothing behind it: one client's bytes never reach another.
 */
final class OriginConnection extends ChannelDuplexHandler implements Callee {
  private static final Logger log = LoggerFactory.getLogger(OriginConnection.class);

  private static final int LAST_BYTES_SECONDS = 5;

  private final OriginPool pool;
  private final Channel channel;
  private final OriginDecoder decoder;

  private @Nullable Exchange exchange;
  private @Nullable Tunnel tunnel;
  private int uses;
  private boolean dirty;
  private boolean sent;
  private boolean heard;
  private boolean interim;
  private boolean keepAlive;
  private boolean answerDone;
  private boolean stopped;
  private long idleSince;

  OriginConnection(OriginPool pool, Channel channel, OriginDecoder decoder) {
    this.pool = pool;
    this.channel = channel;
    this.decoder = decoder;
  }

  // ── for the request ──────────────────────────────────────────────────────────────────────────

  @Override
  public void begin(Exchange next) {
    exchange = next;
    uses++;
    sent = false;
    heard = false;
    decoder.expectHead(next.request().method().equals(HttpMethod.HEAD));
  }

  @Override
  public boolean wasReused() {
    return uses > 1 && !heard;
  }

  @Override
  public boolean hasSent() {
    return sent;
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public boolean isBroken() {
    return TcpState.isClosed(channel);
  }

  @Override
  public void write(Object message) {
    channel.write(message, channel.voidPromise());
    if (!dirty) {
      dirty = true;
      pool.lane().flush(channel);
    }
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    dirty = false;
    sent = true;
    context.flush();
  }

  @Override
  public void stopReading(boolean stop) {
    if (stopped != stop) {
      stopped = stop;
      channel.config().setAutoRead(!stop);
    }
  }

  @Override
  public void abandon() {
    exchange = null;
    answerDone = false;
    channel.close();
  }

  // ── for the pool ─────────────────────────────────────────────────────────────────────────────

  boolean isActive() {
    return channel.isActive();
  }

  void becomesIdle(long now) {
    decoder.expectNothing();
    idleSince = now;
  }

  long idleSince() {
    return idleSince;
  }

  void close() {
    channel.close();
  }

  // ── what the instance sends ──────────────────────────────────────────────────────────────────

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Tunnel through = tunnel;
    if (through != null) {
      if (message instanceof ByteBuf bytes) {
        through.fromOrigin(bytes);
      } else {
        ReferenceCountUtil.release(message); // the end of the answer that agreed
      }
      return;
    }
    Exchange current = exchange;
    if (current == null) {
      ReferenceCountUtil.release(message);
      keepAlive = false; // nobody asked
      if (!answerDone) {
        context.close();
      }
      return;
    }
    heard = true;
    if (message instanceof HttpResponse head) {
      head(current, head);
    } else if (message instanceof HttpContent piece) {
      piece(current, piece);
    }
  }

  private void head(Exchange current, HttpResponse head) {
    if (head.decoderResult().isFailure()) {
      if (!(head.decoderResult().cause() instanceof PrematureChannelClosureException)) {
        log.debug("{} answered what is not HTTP", pool, head.decoderResult().cause());
        current.end(Outcome.BAD_ANSWER);
      }
      return;
    }
    if (head.headers().size() > pool.lane().settings().answerHeaderFields()) {
      current.end(Outcome.BAD_ANSWER);
      return;
    }
    int status = head.status().code();
    if (status < 100 || status > 999) {
      current.end(Outcome.BAD_ANSWER);
    } else if (status == 101) {
      agreed(current, head);
    } else if (status < 200) {
      interim = true;
      current.answer().interim(head);
    } else {
      keepAlive = HttpUtil.isKeepAlive(head);
      current.answer().head(head);
    }
  }

  /** The answer to an offer; nobody may change to what was not offered. */
  private void agreed(Exchange current, HttpResponse head) {
    String wanted = current.wantedProtocol();
    if (wanted != null && wanted.equalsIgnoreCase(head.headers().get(HttpHeaderNames.UPGRADE))) {
      current.switchProtocols(head, this);
    } else {
      current.end(Outcome.BAD_ANSWER);
    }
  }

  void takesBytes() {
    channel.pipeline().remove("encoder");
  }

  /** From here on bytes only pass through, beginning with those that came behind the answer. */
  void becomes(Tunnel opened) {
    tunnel = opened;
    exchange = null;
    stopReading(false);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.remove("decoder");
    pipeline.remove("crumbs");
  }

  /** Closes after what is still to be sent, for which an instance gets a few seconds. */
  void closeAfterWrites() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    ScheduledFuture<?> late =
        channel.eventLoop().schedule(() -> channel.close(), LAST_BYTES_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> late.cancel(false));
  }

  private void piece(Exchange current, HttpContent piece) {
    boolean isLast = piece instanceof LastHttpContent;
    if (interim) {
      interim = !isLast;
      piece.release();
    } else if (piece.decoderResult().isFailure()) {
      piece.release();
      current.end(Outcome.ANSWER_BROKEN);
    } else if (isLast) {
      exchange = null;
      answerDone = true;
      current.answer().last((LastHttpContent) piece);
    } else {
      current.answer().piece(piece);
    }
  }

  /** Only now is it known that nothing came behind the answer. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (answerDone) {
      answerDone = false;
      if (keepAlive && channel.isActive() && !decoder.holdsPart()) {
        stopReading(false);
        pool.giveBack(this);
      } else {
        context.close();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    Exchange current = exchange;
    Tunnel through = tunnel;
    if (through != null && channel.isWritable()) {
      through.originWritable();
    } else if (current != null && channel.isWritable()) {
      current.upload().originWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    pool.gone(this);
    Tunnel through = tunnel;
    if (through != null) {
      through.end();
      return;
    }
    Exchange current = exchange;
    exchange = null;
    if (current == null) {
      return;
    }
    if (current.answer().isStarted()) {
      current.end(Outcome.ANSWER_BROKEN);
    } else {
      current.connectionLost();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.warn("a connection to {} failed", pool, cause);
    }
    Exchange current = exchange;
    if (current != null && current.answer().isStarted()) {
      exchange = null; // a reset is no end, also where only a close tells of one
      current.end(Outcome.ANSWER_BROKEN);
    }
    context.close();
  }
}
