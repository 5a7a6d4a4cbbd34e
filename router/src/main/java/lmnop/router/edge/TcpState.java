package lmnop.router.edge;

import io.netty.channel.Channel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;

/**
 * What the kernel says of a connection. Netty's io_uring misses some resets, so it is asked about
 * connections that are silent.
 */
final class TcpState {
  private static final RawUnixChannelOption STATE =
      new RawUnixChannelOption("TCP_INFO", 6, 11, 1); // of what it tells, the first byte
  private static final byte CLOSED = 7;

  private TcpState() {}

  /** Whether the other side broke it off. */
  static boolean isClosed(Channel channel) {
    ByteBuffer state = channel.isOpen() ? channel.config().getOption(STATE) : null;
    return state != null && state.get(0) == CLOSED;
  }
}
