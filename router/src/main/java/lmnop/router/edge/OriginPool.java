package lmnop.router.edge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpRequestEncoder;
import java.util.ArrayDeque;
import lmnop.router.balance.Instance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections that take one request at a time; the one used last is used next. */
final class OriginPool implements Origins {
  private static final Logger log = LoggerFactory.getLogger(OriginPool.class);

  private final Lane lane;
  private final Instance instance;
  private final ArrayDeque<OriginConnection> idle = new ArrayDeque<>();
  private int open;

  OriginPool(Lane lane, Instance instance) {
    this.lane = lane;
    this.instance = instance;
  }

  Lane lane() {
    return lane;
  }

  @Override
  public @Nullable Callee take(boolean fresh) {
    return fresh ? null : takeIdle();
  }

  private @Nullable OriginConnection takeIdle() {
    for (OriginConnection c = idle.pollLast(); c != null; c = idle.pollLast()) {
      lane.origins().idle--;
      if (c.isActive()) {
        return c;
      }
    }
    return null;
  }

  void giveBack(OriginConnection connection) {
    connection.becomesIdle(System.nanoTime());
    idle.addLast(connection);
    lane.origins().idle++;
  }

  @Override
  public void connect(Exchange exchange) {
    open++;
    lane.origins().open++;
    if (instance.connectionOpened()) {
      lane.needsConnection(instance);
    }
    Bootstrap bootstrap =
        new Bootstrap()
            .group(lane.loop())
            .channelFactory(lane.transport().connections())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(lane.settings().connectTime().toMillis()))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    OriginDecoder decoder = new OriginDecoder(lane.settings());
                    channel
                        .pipeline()
                        .addLast("encoder", new HttpRequestEncoder())
                        .addLast("decoder", decoder)
                        .addLast("crumbs", new Crumbs())
                        .addLast("origin", new OriginConnection(OriginPool.this, channel, decoder));
                  }
                });
    if (instance.address().isUnresolved()) {
      bootstrap.resolver(lane.resolver());
    } else {
      bootstrap.disableResolver();
    }
    ChannelFuture connecting = bootstrap.connect(instance.address());
    connecting.addListener(done -> connected(exchange, connecting));
  }

  private void connected(Exchange exchange, ChannelFuture connecting) {
    Channel channel = connecting.channel();
    if (!connecting.isSuccess()) {
      log.debug("{} takes no connection", instance, connecting.cause());
      closed();
      instance.refused(System.nanoTime());
      exchange.patience().refused();
      exchange.refused();
      return;
    }
    instance.worked();
    OriginConnection connection = channel.pipeline().get(OriginConnection.class);
    if (exchange.hasEnded()) {
      giveBack(connection); // its client left meanwhile
    } else {
      exchange.attach(connection);
      exchange.resume();
    }
  }

  /** A connection is closed. */
  void gone(OriginConnection connection) {
    if (idle.remove(connection)) {
      lane.origins().idle--;
    }
    closed();
  }

  private void closed() {
    open--;
    instance.connectionClosed();
    lane.origins().open--;
  }

  @Override
  public void closeIdle(long now) {
    long longest = lane.settings().originIdleTime().toNanos();
    for (OriginConnection c = idle.peekFirst();
        c != null && now - c.idleSince() > longest;
        c = idle.peekFirst()) {
      idle.removeFirst();
      lane.origins().idle--;
      c.close();
    }
  }

  /** Closes the one that was not used for longest. */
  @Override
  public void closeOneIdle() {
    OriginConnection oldest = idle.pollFirst();
    if (oldest != null) {
      lane.origins().idle--;
      oldest.close();
    }
  }

  @Override
  public boolean isUnused() {
    return open == 0;
  }

  @Override
  public void close() {
    for (OriginConnection c = takeIdle(); c != null; c = takeIdle()) {
      c.close();
    }
  }

  @Override
  public String toString() {
    return instance.toString();
  }
}
