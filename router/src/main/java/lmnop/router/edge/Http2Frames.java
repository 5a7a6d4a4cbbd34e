package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;

/** The frames of a client's connection: requests go on their way. */
final class Http2Frames extends CountedFrames {
  private final Http2Client client;

  Http2Frames(Http2Client client) {
    super(client);
    this.client = client;
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
    client.headers(streamId, headers, isLast);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int padding,
      boolean isLast)
      throws Http2Exception {
    client.headers(streamId, headers, isLast);
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean isLast)
      throws Http2Exception {
    if (!data.isReadable() && !isLast) {
      odd();
    }
    Http2Call call = client.call(streamId);
    int size = data.readableBytes() + padding;
    return call == null ? size : call.data(data, size, isLast);
  }

  /** The end of the stream is told to the call by the connection. */
  @Override
  public void onRstStreamRead(ChannelHandlerContext context, int streamId, long code)
      throws Http2Exception {
    client.wasReset(streamId);
    odd();
  }
}
