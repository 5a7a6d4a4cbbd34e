package lmnop.router.edge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.ReferenceCountUtil;

/** Netty's decoder for answers, told which request an answer belongs to. */
final class OriginDecoder extends HttpResponseDecoder {
  /** Bodies are passed on in pieces of at most this many bytes, as they arrive. */
  static final int PIECE = 65_536;

  private boolean head;
  private boolean idle;

  OriginDecoder(EdgeSettings settings) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.requestLineBytes())
            .setMaxHeaderSize(settings.headerBytes() * 2)
            .setMaxChunkSize(PIECE)
            .setAllowDuplicateContentLengths(false)
            .setUseRfc9112TransferEncoding(true));
  }

  /** The next answer is to a HEAD request: it has a body's length and no body. */
  void expectHead(boolean isHead) {
    head = isHead;
    idle = false;
  }

  /** Nobody asks until {@link #expectHead} is called: what comes before that is no answer. */
  void expectNothing() {
    idle = true;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) throws Exception {
    if (idle) {
      ReferenceCountUtil.release(bytes);
      context.close();
    } else {
      super.channelRead(context, bytes);
    }
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    int status = ((HttpResponse) message).status().code();
    return status == 101 || (head && status >= 200) || super.isContentAlwaysEmpty(message);
  }

  /** Whether bytes have come that belong to no answer yet. */
  boolean holdsPart() {
    return actualReadableBytes() > 0;
  }
}
