package lmnop.router.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.StandardSocketOptions;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How sockets are driven, the fastest first. */
public enum Transport {
  IO_URING {
    @Override
    boolean isThere() {
      return IoUring.isAvailable();
    }

    @Override
    IoHandlerFactory handlers() {
      return IoUringIoHandler.newFactory();
    }

    @Override
    ChannelFactory<ServerChannel> listeners() {
      return IoUringServerSocketChannel::new;
    }

    @Override
    ChannelFactory<Channel> connections() {
      return IoUringSocketChannel::new;
    }

    @Override
    Class<? extends DatagramChannel> datagrams() {
      return IoUringDatagramChannel.class;
    }
  },
  EPOLL {
    @Override
    boolean isThere() {
      return Epoll.isAvailable();
    }

    @Override
    IoHandlerFactory handlers() {
      return EpollIoHandler.newFactory();
    }

    @Override
    ChannelFactory<ServerChannel> listeners() {
      return EpollServerSocketChannel::new;
    }

    @Override
    ChannelFactory<Channel> connections() {
      return EpollSocketChannel::new;
    }

    @Override
    Class<? extends DatagramChannel> datagrams() {
      return EpollDatagramChannel.class;
    }
  },
  NIO {
    @Override
    boolean isThere() {
      return true;
    }

    @Override
    IoHandlerFactory handlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    ChannelFactory<ServerChannel> listeners() {
      return NioServerSocketChannel::new;
    }

    @Override
    ChannelFactory<Channel> connections() {
      return NioSocketChannel::new;
    }

    @Override
    Class<? extends DatagramChannel> datagrams() {
      return NioDatagramChannel.class;
    }
  };

  private static final Logger log = LoggerFactory.getLogger(Transport.class);

  abstract boolean isThere();

  abstract IoHandlerFactory handlers();

  abstract ChannelFactory<ServerChannel> listeners();

  abstract ChannelFactory<Channel> connections();

  abstract Class<? extends DatagramChannel> datagrams();

  /** Lets several processes listen on one port. */
  ChannelOption<Boolean> portSharing() {
    return this == NIO
        ? NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT)
        : UnixChannelOption.SO_REUSEPORT;
  }

  /** The transport as settings and metrics write it. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the fastest transport that this kernel and container allow.
   *
   * @param wanted a transport's tag, or {@code auto}
   */
  public static Transport choose(String wanted) {
    for (Transport transport : values()) {
      if (wanted.equals("auto") || wanted.equals(transport.tag())) {
        if (transport.isThere()) {
          return transport;
        }
        log.info("{} is not to be had here", transport.tag());
      }
    }
    throw new IllegalArgumentException(
        "transport = '%s' is not to be had: use auto, io_uring, epoll or nio".formatted(wanted));
  }
}
