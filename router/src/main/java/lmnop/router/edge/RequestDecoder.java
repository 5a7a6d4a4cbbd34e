package lmnop.router.edge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;

/** Netty's decoder at its strictest; it also tells whether half a request has arrived. */
final class RequestDecoder extends HttpRequestDecoder {
  private boolean insideMessage;

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

  /** The last piece of a message was taken. */
  void messageEnded() {
    insideMessage = false;
  }

  /** Whether bytes have come since the last message ended. */
  boolean isInsideMessage() {
    return insideMessage;
  }
}
