package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Netty's decoder at its strictest; it also tells whether half a request has arrived. */
final class RequestDecoder extends HttpRequestDecoder {
  private boolean insideMessage;
  private boolean held;
  private int end;
  private @Nullable ChannelHandlerContext here;

  RequestDecoder(EdgeSettings settings) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.requestLineBytes())
            .setMaxHeaderSize(settings.headerBytes())
            .setMaxChunkSize(OriginDecoder.PIECE)
            .setAllowDuplicateContentLengths(false)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) throws Exception {
    insideMessage = true;
    super.channelRead(context, bytes);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) throws Exception {
    here = context;
    super.handlerAdded(context);
  }

  // ── the first line, which Netty splits at more than one space ────────────────────────────────

  @Override
  protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
    check(start == 0, "a space comes before the method");
    end = length;
    return super.splitFirstWordInitialLine(line, start, length);
  }

  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    check(start == end + 1 && line[end] == ' ', "the method ends with more than one space");
    end = start + length;
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    check(start == end + 1 && line[end] == ' ', "the address ends with more than one space");
    check(length > 0 && line[start] == 'H', "the version is not written in capitals");
    String version = super.splitThirdWordInitialLine(line, start, length);
    check(version.startsWith("HTTP/"), "the version is not written in capitals");
    return version;
  }

  private static void check(boolean right, String problem) {
    if (!right) {
      throw new IllegalArgumentException(problem);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    if (!held) {
      super.decode(context, in, out);
    }
  }

  /** Leaves bytes as they come, whatever they read like, until {@link #goOn}. */
  void hold() {
    held = true;
  }

  boolean isHeld() {
    return held;
  }

  /** Reads what came meanwhile; not to be called while something is read. */
  void goOn() {
    ChannelHandlerContext context = here;
    held = false;
    if (context == null || context.isRemoved() || actualReadableBytes() == 0) {
      return;
    }
    try {
      channelRead(context, Unpooled.EMPTY_BUFFER);
      channelReadComplete(context);
    } catch (Exception e) {
      context.fireExceptionCaught(e);
    }
  }

  /** The last piece of a message was taken. */
  void messageEnded() {
    insideMessage = false;
  }

  /** Whether bytes have come since the last message ended. */
  boolean isInsideMessage() {
    return insideMessage;
  }
}
