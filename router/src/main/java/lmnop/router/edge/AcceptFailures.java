package lmnop.router.edge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a listener rest when a connection could not be accepted, because no file descriptor is left
 * for example: the kernel would say the same at once, again and again. What waits to be accepted
 * stays with the kernel meanwhile.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(AcceptFailures.class);
  private static final long REST_MILLIS = 500;
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private boolean resting;
  private boolean complained;
  private long complainedAt;

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    complain(cause);
    if (resting) {
      return;
    }
    resting = true;
    context.channel().config().setAutoRead(false);
    context
        .executor()
        .schedule(
            () -> {
              resting = false;
              context.channel().config().setAutoRead(true);
            },
            REST_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private void complain(Throwable cause) {
    long now = System.nanoTime();
    if (!complained || now - complainedAt > SILENT_NANOS) {
      complained = true;
      complainedAt = now;
      log.warn("no connection can be accepted for the moment: {}", cause.toString());
    }
  }
}
