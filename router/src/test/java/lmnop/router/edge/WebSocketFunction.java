package lmnop.router.edge;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A function with a real WebSocket, which repeats what it hears. */
final class WebSocketFunction implements AutoCloseable {
  private static final int LARGEST = 8 << 20;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final List<String> closed = new CopyOnWriteArrayList<>();
  private final Channel server;

  private WebSocketFunction() throws InterruptedException {
    WebSocketServerProtocolConfig protocol =
        WebSocketServerProtocolConfig.newBuilder()
            .websocketPath("/")
            .checkStartsWith(true)
            .subprotocols("chat")
            .handleCloseFrames(false)
            .maxFramePayloadLength(LARGEST)
            .build();
    server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(65_536))
                        .addLast(new WebSocketServerProtocolHandler(protocol))
                        .addLast(new WebSocketFrameAggregator(LARGEST))
                        .addLast(new Echo());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
  }

  static WebSocketFunction start() throws InterruptedException {
    return new WebSocketFunction();
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  /** The codes and reasons with which clients closed. */
  List<String> closed() {
    return closed;
  }

  private final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete done) {
        context.writeAndFlush(new TextWebSocketFrame("welcome to " + done.requestUri()));
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
      switch (frame) {
        case TextWebSocketFrame text when text.text().startsWith("leave with ") ->
            context.writeAndFlush(
                new CloseWebSocketFrame(
                    Integer.parseInt(text.text().substring("leave with ".length())),
                    "as you wish"));
        case TextWebSocketFrame text -> context.writeAndFlush(new TextWebSocketFrame(text.text()));
        case BinaryWebSocketFrame bytes ->
            context.writeAndFlush(new BinaryWebSocketFrame(bytes.content().retain()));
        case PingWebSocketFrame ping ->
            context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
        case CloseWebSocketFrame close -> {
          closed.add(close.statusCode() + " " + close.reasonText());
          context.close();
        }
        default -> {}
      }
    }
  }

  @Override
  public void close() {
    server.close();
    group.shutdownGracefully();
  }
}
