package lmnop.router.gateway;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Predicate;

/**
 * Looks at every address that the inner gateway connects to, whatever name it came from: a name may
 * mean another address than it did when the routes were read.
 */
@Sharable
final class ConnectGuard extends ChannelOutboundHandlerAdapter {
  private final Targets targets;
  private final Predicate<InetSocketAddress> always;

  /**
   * Makes a guard.
   *
   * @param always what the router's own routes lead to
   */
  ConnectGuard(Targets targets, Predicate<InetSocketAddress> always) {
    this.targets = targets;
    this.always = always;
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress remote,
      SocketAddress local,
      ChannelPromise promise) {
    String problem =
        remote instanceof InetSocketAddress address && !always.test(address)
            ? targets.problem(address)
            : null;
    if (problem == null) {
      context.connect(remote, local, promise);
    } else {
      promise.setFailure(new ConnectException(problem));
    }
  }
}
