package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.time.Duration;

/**
 * The frames of a connection to an instance: answers go on their way, and everything else is
 * counted. An instance that sends frames that say nothing, again and again, is cut off.
 */
final class Http2OriginFrames extends Http2EventAdapter {
  private static final int ODD_FRAMES = 1000;
  private static final int LATE_FRAMES = 10_000;
  private static final int WINDOW_UPDATES_FOR_EACH_FRAME = 10;
  private static final int SMALL_STEP = 8192;
  private static final long PERIOD = Duration.ofSeconds(10).toNanos();

  private final Http2Origin origin;
  private int odd;
  private int late;
  private long windowUpdates;
  private long written;
  private long periodBegan = System.nanoTime();

  Http2OriginFrames(Http2Origin origin) {
    this.origin = origin;
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean isLast)
      throws Http2Exception {
    onHeadersRead(context, streamId, headers, padding, isLast);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int padding,
      boolean isLast) {
    OriginStream call = origin.stream(streamId);
    if (call != null) {
      call.headers(headers, isLast);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean isLast)
      throws Http2Exception {
    if (!data.isReadable() && !isLast) {
      odd();
    }
    OriginStream call = origin.stream(streamId);
    int size = data.readableBytes() + padding;
    return call == null ? size : call.data(data, size, isLast);
  }

  /** The end of the stream is told to the call by the connection. */
  @Override
  public void onRstStreamRead(ChannelHandlerContext context, int streamId, long code) {
    OriginStream call = origin.stream(streamId);
    if (call != null) {
      call.wasReset(code);
    }
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext context,
      int streamId,
      int streamDependency,
      short weight,
      boolean exclusive)
      throws Http2Exception {
    odd();
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings)
      throws Http2Exception {
    odd();
    origin.settingsCame();
  }

  @Override
  public void onPingRead(ChannelHandlerContext context, long data) throws Http2Exception {
    odd();
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext context, long data) throws Http2Exception {
    odd();
  }

  @Override
  public void onGoAwayRead(
      ChannelHandlerContext context, int lastStreamId, long errorCode, ByteBuf debugData)
      throws Http2Exception {
    odd();
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext context, byte type, int streamId, Http2Flags flags, ByteBuf payload) {
    try {
      odd();
    } catch (Http2Exception e) {
      origin.flooded(e); // this method may not refuse
    }
  }

  /** Uploads need many of these; more than ten for each frame that was sent do not. */
  @Override
  public void onWindowUpdateRead(ChannelHandlerContext context, int streamId, int increment)
      throws Http2Exception {
    windowUpdates++;
    if (windowUpdates > ODD_FRAMES + WINDOW_UPDATES_FOR_EACH_FRAME * written) {
      throw tooMany();
    }
  }

  /** A frame of a request was written; a large one may be taken in many small steps. */
  void written(int bytes) {
    written += 1 + bytes / SMALL_STEP;
  }

  /** A frame came for a request that is over; returns whether too many do. */
  boolean isTooLate() {
    period();
    late++;
    return late > LATE_FRAMES;
  }

  private void odd() throws Http2Exception {
    period();
    odd++;
    if (odd > ODD_FRAMES) {
      throw tooMany();
    }
  }

  private void period() {
    long now = System.nanoTime();
    if (now - periodBegan > PERIOD) {
      periodBegan = now;
      odd = 0;
      late = 0;
    }
  }

  static Http2Exception tooMany() {
    return Http2Exception.connectionError(
        Http2Error.ENHANCE_YOUR_CALM, "too many frames that say nothing");
  }
}
