package lmnop.controlplane.domains;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A name server that knows what a test tells it. */
public final class DnsServer implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<String, List<String>> texts = new ConcurrentHashMap<>();
  private final Map<String, InetAddress> addresses = new ConcurrentHashMap<>();
  private final Channel channel;

  public DnsServer() {
    channel =
        new Bootstrap()
            .group(loop)
            .channel(NioDatagramChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel made) {
                    made.pipeline()
                        .addLast(
                            new DatagramDnsQueryDecoder(),
                            new DatagramDnsResponseEncoder(),
                            new Answering());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  /** Where it is, as a setting. */
  public String address() {
    return "127.0.0.1:" + ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /** From now on a name has these texts. */
  public void text(String name, String... values) {
    texts.put(name + ".", List.of(values));
  }

  /** From now on a name has none. */
  public void noText(String name) {
    texts.remove(name + ".");
  }

  /** From now on a name leads there. */
  public void leads(String name, String address) {
    addresses.put(name + ".", InetAddress.ofLiteral(address));
  }

  private final class Answering extends SimpleChannelInboundHandler<DatagramDnsQuery> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query) {
      DatagramDnsResponse answer =
          new DatagramDnsResponse(
              /* sender= */ query.recipient(), /* recipient= */ query.sender(), query.id());
      DnsQuestion question = query.recordAt(DnsSection.QUESTION);
      answer.addRecord(
          DnsSection.QUESTION, new DefaultDnsQuestion(question.name(), question.type()));
      if (question.type().equals(DnsRecordType.TXT)) {
        for (String text : texts.getOrDefault(question.name(), List.of())) {
          add(answer, question, pieces(text));
        }
      } else if (question.type().equals(DnsRecordType.A)
          && addresses.containsKey(question.name())) {
        add(answer, question, Unpooled.wrappedBuffer(addresses.get(question.name()).getAddress()));
      }
      if (!texts.containsKey(question.name()) && !addresses.containsKey(question.name())) {
        answer.setCode(DnsResponseCode.NXDOMAIN);
      }
      context.writeAndFlush(answer);
    }

    private static void add(DatagramDnsResponse answer, DnsQuestion question, ByteBuf content) {
      answer.addRecord(
          DnsSection.ANSWER,
          new DefaultDnsRawRecord(question.name(), question.type(), 60, content));
    }

    /** In two pieces, as a long text comes. */
    private static ByteBuf pieces(String text) {
      ByteBuf content = Unpooled.buffer();
      int half = text.length() / 2;
      for (String piece : List.of(text.substring(0, half), text.substring(half))) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        content.writeByte(bytes.length).writeBytes(bytes);
      }
      return content;
    }
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
