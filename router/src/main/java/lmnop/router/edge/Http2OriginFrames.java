package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;

/** The frames of a connection to an instance: answers go on their way. */
final class Http2OriginFrames extends CountedFrames {
  private static final int LATE_FRAMES = 10_000;

  private final Http2Origin origin;
  private int late;

  Http2OriginFrames(Http2Origin origin) {
    super(origin);
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
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings)
      throws Http2Exception {
    super.onSettingsRead(context, settings);
    origin.settingsCame();
  }

  @Override
  public void onGoAwayRead(
      ChannelHandlerContext context, int lastStreamId, long errorCode, ByteBuf debugData)
      throws Http2Exception {
    odd();
  }

  /** A frame came for a request that is over; returns whether too many do. */
  boolean isTooLate() {
    period();
    late++;
    return late > LATE_FRAMES;
  }

  @Override
  void newPeriod() {
    super.newPeriod();
    late = 0;
  }
}
