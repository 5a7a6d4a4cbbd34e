package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection until it is known which protocol its client speaks: by what was agreed on in the TLS
 * handshake, or by its first bytes.
 */
final class Greeting extends ChannelInboundHandlerAdapter implements Guest {
  private static final Logger log = LoggerFactory.getLogger(Greeting.class);

  /** What a client that speaks HTTP/2 without having asked sends first. */
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf().asReadOnly();

  private final Lane lane;
  private final Channel channel;
  private final boolean secure;
  private final boolean internal;
  private final long since = System.nanoTime();
  private @Nullable ByteBuf begun;
  private @Nullable String serverName;
  private boolean known;

  Greeting(Lane lane, Channel channel, boolean secure, boolean internal) {
    this.lane = lane;
    this.channel = channel;
    this.secure = secure;
    this.internal = internal;
    lane.joined(this);
  }

  // ── TLS ──────────────────────────────────────────────────────────────────────────────────────

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SniCompletionEvent asked && asked.isSuccess()) {
      String name = asked.hostname();
      serverName = name == null ? null : name.toLowerCase(Locale.ROOT);
    } else if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        String protocol = channel.pipeline().get(SslHandler.class).applicationProtocol();
        speaks(context, ApplicationProtocolNames.HTTP_2.equals(protocol));
      } else {
        context.close();
      }
    }
  }

  // ── plain ────────────────────────────────────────────────────────────────────────────────────

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (known) {
      context.fireChannelRead(bytes);
      return;
    }
    ByteBuf all = begun == null ? bytes : Unpooled.wrappedBuffer(begun, bytes);
    begun = null;
    int length = Math.min(all.readableBytes(), PREFACE.readableBytes());
    boolean same =
        all.isReadable() && all.getByte(all.readerIndex()) == 'P' && matches(all, length);
    if (same && length < PREFACE.readableBytes()) {
      begun = all;
      return;
    }
    speaks(context, same);
    context.fireChannelRead(all);
  }

  private static boolean matches(ByteBuf bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE.getByte(i)) {
        return false;
      }
    }
    return true;
  }

  private void speaks(ChannelHandlerContext context, boolean http2) {
    known = true;
    Peer peer = Peer.of(channel, secure, internal, serverName, lane.context().trusted());
    if (http2) {
      ClientPipeline.http2(channel, lane, peer);
    } else {
      ClientPipeline.http1(channel, lane, peer);
    }
    lane.left(this);
    lane.loop().execute(() -> leave(context)); // after this read has passed through
  }

  private void leave(ChannelHandlerContext context) {
    if (!context.isRemoved()) {
      context.pipeline().remove(this);
    }
  }

  // ── as a guest ───────────────────────────────────────────────────────────────────────────────

  @Override
  public boolean isOverdue(long now) {
    long allowed =
        secure ? lane.settings().handshakeTime().toNanos() : lane.settings().idleTime().toNanos();
    return now - since > (begun == null ? allowed : lane.settings().headerTime().toNanos());
  }

  @Override
  public void overdue(long now) {
    channel.close();
  }

  @Override
  public void drainBegins() {
    // there is nobody yet to whom it could be said
  }

  @Override
  public void closeWhenIdle() {
    channel.close();
  }

  @Override
  public void abort() {
    channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (begun != null) {
      begun.release();
      begun = null;
    }
    if (!known) {
      lane.left(this);
      if (secure) {
        lane.context().metrics().handshakeFailed();
      }
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (known) {
      context.fireExceptionCaught(cause);
      return;
    }
    if (!(cause instanceof IOException) && !(cause.getCause() instanceof SSLException)) {
      log.debug("the connection of {} ended before it began", channel.remoteAddress(), cause);
    }
    context.close();
  }
}
