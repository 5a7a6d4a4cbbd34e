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
 * The frames of a client's connection: requests go on their way, and everything else is counted.
 * Who sends frames that ask for nothing, again and again, is cut off, whichever they are.
 */
final class Http2Frames extends Http2EventAdapter {
  private static final int ODD_FRAMES = 1000;
  private static final int WINDOW_UPDATES_FOR_EACH_ANSWER = 10;
  private static final int SMALL_STEP = 8192;
  private static final long PERIOD = Duration.ofSeconds(10).toNanos();

  private final Http2Client client;
  private int odd;
  private long windowUpdates;
  private long written;
  private long periodBegan = System.nanoTime();

  Http2Frames(Http2Client client) {
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
  public void onUnknownFrame(
      ChannelHandlerContext context, byte type, int streamId, Http2Flags flags, ByteBuf payload) {
    odd++; // this method may not refuse; the next frame does
  }

  /** Downloads need many of these; more than ten for each frame that was sent to them do not. */
  @Override
  public void onWindowUpdateRead(ChannelHandlerContext context, int streamId, int increment)
      throws Http2Exception {
    windowUpdates++;
    if (windowUpdates > ODD_FRAMES + WINDOW_UPDATES_FOR_EACH_ANSWER * written) {
      throw tooMany();
    }
  }

  /** A frame of an answer was written; a large one may be taken in many small steps. */
  void written(int bytes) {
    written += 1 + bytes / SMALL_STEP;
  }

  private void odd() throws Http2Exception {
    long now = System.nanoTime();
    if (now - periodBegan > PERIOD) {
      periodBegan = now;
      odd = 0;
    }
    odd++;
    if (odd > ODD_FRAMES) {
      throw tooMany();
    }
  }

  private static Http2Exception tooMany() {
    return Http2Exception.connectionError(
        Http2Error.ENHANCE_YOUR_CALM, "too many frames that ask for nothing");
  }
}
