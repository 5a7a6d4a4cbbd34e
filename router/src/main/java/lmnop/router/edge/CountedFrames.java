package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2Settings;
import java.time.Duration;

/**
 * Counts the frames of a connection that ask for nothing and say nothing. Whoever sends them again
 * and again, whichever they are, is cut off.
 */
abstract class CountedFrames extends Http2EventAdapter {
  private static final int ODD_FRAMES = 1000;
  private static final int WINDOW_UPDATES_FOR_EACH_FRAME = 10;
  private static final int SMALL_STEP = 8192;
  private static final long PERIOD = Duration.ofSeconds(10).toNanos();

  private final Http2ConnectionHandler connection;
  private int odd;
  private long windowUpdates;
  private long written;
  private long periodBegan = System.nanoTime();

  CountedFrames(Http2ConnectionHandler connection) {
    this.connection = connection;
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
    try {
      odd();
    } catch (Http2Exception e) {
      connection.onError(context, false, e); // this method may not refuse
    }
  }

  /** What is sent needs many of these; more than ten for each frame of it do not serve it. */
  @Override
  public void onWindowUpdateRead(ChannelHandlerContext context, int streamId, int increment)
      throws Http2Exception {
    windowUpdates++;
    if (windowUpdates > ODD_FRAMES + WINDOW_UPDATES_FOR_EACH_FRAME * written) {
      throw tooMany();
    }
  }

  /** A frame with content was written; a large one may be taken in many small steps. */
  final void written(int bytes) {
    written += 1 + bytes / SMALL_STEP;
  }

  final void odd() throws Http2Exception {
    period();
    odd++;
    if (odd > ODD_FRAMES) {
      throw tooMany();
    }
  }

  final void period() {
    long now = System.nanoTime();
    if (now - periodBegan > PERIOD) {
      periodBegan = now;
      newPeriod();
    }
  }

  void newPeriod() {
    odd = 0;
  }

  static Http2Exception tooMany() {
    return Http2Exception.connectionError(
        Http2Error.ENHANCE_YOUR_CALM, "too many frames that say nothing");
  }
}
