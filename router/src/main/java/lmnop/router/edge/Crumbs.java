package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Makes one piece of the small pieces of a body that arrive together. A chunk of one byte costs its
 * sender six; passed on alone it would cost the router hundreds of times that.
 */
final class Crumbs extends ChannelInboundHandlerAdapter {
  private static final int SMALL = 1024;
  private static final int TOGETHER = 16 * 1024;

  private @Nullable HttpContent first;
  private @Nullable ByteBuf gathered;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpContent piece && isSmall(piece)) {
      gather(context, piece);
    } else {
      passOn(context);
      context.fireChannelRead(message);
    }
  }

  private static boolean isSmall(HttpContent piece) {
    return !(piece instanceof LastHttpContent)
        && piece.decoderResult().isSuccess()
        && piece.content().readableBytes() <= SMALL;
  }

  private void gather(ChannelHandlerContext context, HttpContent piece) {
    HttpContent alone = first;
    if (alone == null && gathered == null) {
      first = piece; // mostly the only one, which needs no copy
      return;
    }
    ByteBuf all = gathered;
    if (all == null) {
      all = context.alloc().buffer(TOGETHER);
      gathered = all;
    }
    if (alone != null) {
      first = null;
      append(all, alone);
    }
    append(all, piece);
    if (all.writableBytes() < SMALL) {
      passOn(context);
    }
  }

  private static void append(ByteBuf all, HttpContent piece) {
    all.writeBytes(piece.content());
    piece.release();
  }

  private void passOn(ChannelHandlerContext context) {
    HttpContent alone = first;
    ByteBuf all = gathered;
    first = null;
    gathered = null;
    if (alone != null) {
      context.fireChannelRead(alone);
    }
    if (all != null) {
      context.fireChannelRead(new DefaultHttpContent(all));
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    passOn(context);
    context.fireChannelReadComplete();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    passOn(context);
    context.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    passOn(context);
  }
}
