package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumSet;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection: one request at a time. A client that sends the next one before it has its
 * answer is read no further than what has already come.
 */
final class ClientConnection extends ChannelDuplexHandler implements Guest, Caller {
  private static final Logger log = LoggerFactory.getLogger(ClientConnection.class);

  /** How much of a body that nobody wants is read, so that its sender sees the answer. */
  private static final int SWALLOW_BYTES = 1 << 20;

  private static final long SWALLOW_NANOS = Duration.ofSeconds(2).toNanos();

  /** Why a client is not read from. */
  private enum Pause {
    PIPELINED,
    /** What comes behind an offer of another protocol may not be HTTP. */
    OFFERED,
    FUNCTION_BUSY
  }

  private enum Phase {
    IDLE,
    HEAD,
    BUSY,
    TUNNEL,
    SWALLOWING,
    CLOSING
  }

  private final Lane lane;
  private final RequestDecoder decoder;
  private final AnswerEncoder encoder;
  private final Channel channel;
  private final EnumSet<Pause> pauses = EnumSet.noneOf(Pause.class);
  private final ArrayDeque<Object> early = new ArrayDeque<>(0);
  private final Peer peer;
  private final Forwarding forwarding;
  private final LastEntrance entrances;

  private Phase phase = Phase.IDLE;
  private long since = System.nanoTime();
  private @Nullable Exchange exchange;
  private @Nullable Tunnel tunnel;
  private boolean old;
  private boolean wantsToStay;
  private boolean staysAfterSwallowing;
  private int swallowed;
  private long leftToTake;
  private boolean dirty;
  private boolean pumping;

  ClientConnection(
      Lane lane, Channel channel, Peer peer, RequestDecoder decoder, AnswerEncoder encoder) {
    this.lane = lane;
    this.channel = channel;
    this.peer = peer;
    this.forwarding = Forwarding.of(peer);
    this.decoder = decoder;
    this.encoder = encoder;
    this.entrances = new LastEntrance(lane.context().resolver());
    lane.joined(this);
  }

  @Override
  public Lane lane() {
    return lane;
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public Forwarding forwarding() {
    return forwarding;
  }

  @Override
  public String protocol() {
    return old ? "HTTP/1.0" : "HTTP/1.1";
  }

  @Override
  public boolean readsTrailers() {
    return false;
  }

  @Override
  public boolean speaksOld() {
    return old;
  }

  @Override
  public boolean wantsToStay() {
    return wantsToStay;
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public LastEntrance entrances() {
    return entrances;
  }

  // ── what the client sends ────────────────────────────────────────────────────────────────────

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Tunnel through = tunnel;
    if (through != null && message instanceof ByteBuf bytes) {
      through.fromClient(bytes);
    } else if (through != null) {
      ReferenceCountUtil.release(message);
    } else if (!early.isEmpty() || (exchange != null && message instanceof HttpRequest)) {
      early.add(message);
      pause(Pause.PIPELINED, true);
    } else {
      take(message);
    }
  }

  private void take(Object message) {
    if (message instanceof LastHttpContent) {
      decoder.messageEnded();
    }
    Exchange current = exchange;
    if (phase == Phase.CLOSING) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof HttpRequest request) {
      begin(request);
    } else if (message instanceof HttpContent content) {
      if (current == null) {
        swallow(content);
      } else if (content.decoderResult().isFailure()) {
        content.release();
        current.refuse(Outcome.BAD_REQUEST, "The request's body is not well formed.");
      } else {
        current.upload().take(content);
      }
    }
  }

  private void begin(HttpRequest request) {
    phase = Phase.BUSY;
    old = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    Exchange fresh = new Exchange(this, request);
    exchange = fresh;
    encoder.expectHead(request.method().equals(HttpMethod.HEAD));
    if (request.decoderResult().isFailure()) {
      wantsToStay = false;
      decoder.messageEnded();
      fresh.refuse(outcomeOf(request.decoderResult().cause()), null);
    } else {
      wantsToStay = HttpUtil.isKeepAlive(request);
      fresh.proceed();
      if (!fresh.hasEnded() && fresh.wantedProtocol() != null) {
        pause(Pause.OFFERED, true);
      }
    }
  }

  @Override
  public void switchProtocols(Exchange ended, OriginConnection origin) {
    new Tunnel(ended, this, origin).open();
  }

  void takesBytes() {
    channel.pipeline().remove("protocol.encoder");
  }

  /** From here on bytes only pass through, beginning with those that came too early. */
  void becomes(Tunnel opened) {
    tunnel = opened;
    exchange = null;
    enter(Phase.TUNNEL);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.remove("protocol.decoder");
    pipeline.remove("protocol.crumbs");
    pause(Pause.OFFERED, false);
  }

  /**
   * Sends what is still to be sent and then the end; what the client sends until it has seen that
   * is dropped. Closing with unread bytes would make its system throw the last ones away.
   */
  void leaveTunnel() {
    pause(Pause.FUNCTION_BUSY, false);
    enter(Phase.CLOSING);
    leftToTake = Long.MAX_VALUE;
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(done -> {
          ((DuplexChannel) channel).shutdownOutput();
          enter(Phase.SWALLOWING);
        });
  }

  private static Outcome outcomeOf(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Outcome.TARGET_TOO_LONG;
    }
    return cause instanceof TooLongFrameException ? Outcome.HEADERS_TOO_LARGE : Outcome.BAD_REQUEST;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (phase == Phase.IDLE && decoder.isInsideMessage()) {
      enter(Phase.HEAD);
    }
  }

  private void enter(Phase next) {
    phase = next;
    since = System.nanoTime();
  }

  // ── between two requests ─────────────────────────────────────────────────────────────────────

  @Override
  public void exchangeEnded(Exchange ended, boolean stays) {
    exchange = null;
    pause(Pause.OFFERED, false);
    if (!ended.upload().isComplete()) {
      beginSwallowing(stays);
    } else if (stays) {
      enter(Phase.IDLE);
      pump();
    } else {
      closeAfterWrites();
    }
  }

  /** Takes what came early, until it is a request that must wait for the one before. */
  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    while (!early.isEmpty() && !(exchange != null && early.peek() instanceof HttpRequest)) {
      take(early.remove());
    }
    pumping = false;
    if (early.isEmpty()) {
      pause(Pause.PIPELINED, false);
    }
  }

  /**
   * Reads what is left of a request that is answered already, within limits. Closing at once would
   * make the client's system throw the answer away.
   */
  private void beginSwallowing(boolean stays) {
    enter(Phase.SWALLOWING);
    staysAfterSwallowing = stays;
    swallowed = 0;
    if (!stays) {
      channel
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(done -> ((DuplexChannel) channel).shutdownOutput());
    }
    pump();
  }

  private void swallow(HttpContent content) {
    swallowed += content.content().readableBytes();
    boolean isLast = content instanceof LastHttpContent;
    boolean failed = content.decoderResult().isFailure();
    content.release();
    if (phase != Phase.SWALLOWING) {
      return;
    }
    if (failed || swallowed > SWALLOW_BYTES || (isLast && !staysAfterSwallowing)) {
      closeAfterWrites();
    } else if (isLast) {
      enter(Phase.IDLE);
    }
  }

  void closeAfterWrites() {
    enter(Phase.CLOSING);
    leftToTake = Long.MAX_VALUE;
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void drainBegins() {
    // the next answer says so
  }

  @Override
  public void closeWhenIdle() {
    if (phase == Phase.IDLE) {
      channel.close();
    }
  }

  @Override
  public void abort() {
    Exchange current = exchange;
    Tunnel through = tunnel;
    if (through != null) {
      through.end();
      return;
    }
    if (current != null && !current.hasEnded()) {
      current.end(Outcome.CLIENT_LEFT);
      return;
    }
    enter(Phase.CLOSING);
    if (current != null && current.answer().endsByClosing()) {
      channel
          .config()
          .setOption(ChannelOption.SO_LINGER, 0); // a reset: a plain end would look whole
    }
    channel.flush();
    channel.close();
  }

  // ── deadlines ────────────────────────────────────────────────────────────────────────────────

  @Override
  public boolean isOverdue(long now) {
    Exchange current = exchange;
    return switch (phase) {
      case IDLE -> now - since > lane.settings().idleTime().toNanos();
      case HEAD -> now - since > lane.settings().headerTime().toNanos();
      case BUSY -> current != null && current.patience().overdue(now) != null;
      case TUNNEL -> tunnel != null && tunnel.isIdle(now);
      case SWALLOWING -> now - since > SWALLOW_NANOS;
      case CLOSING -> takesNoMore(now);
    };
  }

  /** A client that reads slowly gets its answer to the end. */
  private boolean takesNoMore(long now) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long left = buffer == null ? 0 : buffer.totalPendingWriteBytes();
    if (left < leftToTake) {
      leftToTake = left;
      since = now;
    }
    return now - since > lane.settings().answerIdleTime().toNanos();
  }

  @Override
  public void overdue(long now) {
    Exchange current = exchange;
    Outcome outcome = current == null ? null : current.patience().overdue(now);
    if (current != null && outcome != null) {
      current.end(outcome);
    } else if (tunnel != null && phase == Phase.TUNNEL) {
      tunnel.end();
    } else if (phase == Phase.HEAD) {
      refuseSlowHead();
    } else if (phase != Phase.BUSY) {
      channel.close();
    }
  }

  private void refuseSlowHead() {
    lane.context().metrics().ended(Outcome.CLIENT_TOO_SLOW);
    var answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.REQUEST_TIMEOUT, Unpooled.EMPTY_BUFFER);
    answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
    answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    write(answer);
    closeAfterWrites();
  }

  // ── the channel ──────────────────────────────────────────────────────────────────────────────

  @Override
  public void write(HttpObject part) {
    send(part);
  }

  /** Writes; the flush comes at the end of the loop's turn. */
  void send(Object message) {
    channel.write(message, channel.voidPromise());
    if (!dirty) {
      dirty = true;
      lane.flush(channel);
    }
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    dirty = false;
    context.flush();
  }

  @Override
  public void holdUpload(boolean hold) {
    pause(Pause.FUNCTION_BUSY, hold);
  }

  /** Sets or lifts one reason not to read. */
  private void pause(Pause reason, boolean on) {
    boolean changed = on ? pauses.add(reason) : pauses.remove(reason);
    if (changed) {
      channel.config().setAutoRead(pauses.isEmpty());
      if (waitsBehind()) {
        decoder.hold();
      } else if (decoder.isHeld()) {
        lane.loop().execute(this::readOn); // this may be in the middle of reading
      }
    }
  }

  /** Whether what has come already must not be looked at yet: it may turn out not to be HTTP. */
  private boolean waitsBehind() {
    return pauses.contains(Pause.PIPELINED) || pauses.contains(Pause.OFFERED);
  }

  private void readOn() {
    if (!waitsBehind()) {
      decoder.goOn();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    Exchange current = exchange;
    Tunnel through = tunnel;
    if (through != null && channel.isWritable()) {
      through.clientWritable();
    } else if (current != null && channel.isWritable()) {
      current.answer().clientWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    lane.left(this);
    early.forEach(ReferenceCountUtil::release);
    early.clear();
    Exchange current = exchange;
    Tunnel through = tunnel;
    if (through != null) {
      through.end();
    } else if (current != null) {
      current.end(Outcome.CLIENT_LEFT);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.warn("the connection of {} failed", peer.address(), cause);
    }
    context.close();
  }
}
