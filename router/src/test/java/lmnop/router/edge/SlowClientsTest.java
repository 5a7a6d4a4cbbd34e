package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.router.tls.Certificates;
import lmnop.router.tls.TestCertificates;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Very many clients that are slow on purpose, each in one of five ways. */
@Tag(Reliability.TAG)
@Timeout(600)
final class SlowClientsTest {
  private static final String HOST = "f.apps.example.com";
  private static final int ANSWER_BYTES = 1 << 20;
  private static final int CLIENTS_AT_A_SOURCE = 1000;
  private static final int ASKING = 4;
  private static final int DRIP_MILLIS = 500;
  private static final long MEBIBYTE = 1 << 20;

  @TempDir static Path scratch;

  /** How somebody is slow. */
  private enum Way {
    HEADERS(false, "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n", "X-More: 1\r\n"),
    BODY(false, "POST /slow HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 100000\r\n\r\n", "x"),
    READING(false, "GET /large HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n", ""),
    HANDSHAKE(true, "\u0016\u0003\u0001\u0001\u0000\u0001\u0000\u0000\u00fc\u0003\u0003", ""),
    LEAVING(false, "GET /large HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n", "");

    private final boolean secure;
    private final String begins;
    private final String drips;

    Way(boolean secure, String begins, String drips) {
      this.secure = secure;
      this.begins = begins;
      this.drips = drips;
    }
  }

  /** All slow clients, on one loop of their own. */
  private static final class Crowd implements AutoCloseable {
    private final EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Channel> channels = new ArrayList<>();
    private final AtomicInteger slowHeaders = new AtomicInteger();
    private final AtomicInteger inHandshake = new AtomicInteger();

    void come(EdgeFixture router, int count) throws InterruptedException {
      Way[] ways = Way.values();
      for (int i = 0; i < count; i++) {
        Way way = ways[i % ways.length];
        int port = router.edge.port(way.secure ? 1 : 0);
        Bootstrap client =
            new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.SO_RCVBUF, 4096)
                .option(ChannelOption.AUTO_READ, way != Way.READING && way != Way.LEAVING)
                .handler(
                    new ChannelInboundHandlerAdapter() {
                      @Override
                      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                        context.close();
                      }
                    });
        String source = "127.0.1." + (1 + i / CLIENTS_AT_A_SOURCE);
        Channel channel =
            client
                .connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    new InetSocketAddress(InetAddress.ofLiteral(source), 0))
                .sync()
                .channel();
        channels.add(channel);
        begin(channel, way);
      }
    }

    private void begin(Channel channel, Way way) {
      AtomicInteger counter =
          way == Way.HEADERS ? slowHeaders : way == Way.HANDSHAKE ? inHandshake : null;
      if (counter != null) {
        counter.incrementAndGet();
        channel.closeFuture().addListener(closed -> counter.decrementAndGet());
      }
      channel.writeAndFlush(Unpooled.wrappedBuffer(Http.bytes(way.begins)));
      if (!way.drips.isEmpty()) {
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                () -> drip(channel, way.drips), DRIP_MILLIS, DRIP_MILLIS, TimeUnit.MILLISECONDS);
      }
      if (way == Way.LEAVING) {
        channel.eventLoop().schedule(() -> leave(channel), DRIP_MILLIS, TimeUnit.MILLISECONDS);
      }
    }

    private static void drip(Channel channel, String what) {
      if (channel.isActive()) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(Http.bytes(what)));
      }
    }

    /** First says that nothing more comes, and then breaks off. */
    private static void leave(Channel channel) {
      ((DuplexChannel) channel)
          .shutdownOutput()
          .addListener(done -> {
            if (channel.isOpen()) {
              channel.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel.close();
          });
    }

    @Override
    public void close() throws InterruptedException {
      for (Channel channel : channels) {
        channel.close();
      }
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  private static Origin origin() throws IOException {
    byte[] large = Http.bytes(Origin.ok("x".repeat(ANSWER_BYTES))); // one for thousands
    return Origin.start(conversation -> {
      for (String head = conversation.head(); head != null; head = conversation.head()) {
        if (head.startsWith("POST")) {
          Http.readBody(conversation.in(), head);
        }
        if (head.contains(" /large ")) {
          conversation.out().write(large);
        } else {
          conversation.send(Origin.ok("hi"));
        }
      }
    });
  }

  private static int failedOf(EdgeFixture router, int count) throws InterruptedException {
    AtomicInteger failed = new AtomicInteger();
    List<Thread> asking = new ArrayList<>();
    for (int i = 0; i < ASKING; i++) {
      asking.add(
          Thread.ofVirtual()
              .start(() -> {
                try (Visitor visitor = router.visit()) {
                  for (int j = 0; j < count / ASKING; j++) {
                    if (!visitor.get(HOST, "/").reply().body().equals("hi")) {
                      failed.incrementAndGet();
                    }
                  }
                } catch (IOException e) {
                  failed.incrementAndGet();
                }
              }));
    }
    for (Thread one : asking) {
      one.join();
    }
    return failed.get();
  }

  /** Ten thousand; both ends of both connections of each are files of this process. */
  private static int asManyAsFilesAllow() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean here
        ? (int) Math.min(10_000, (here.getMaxFileDescriptorCount() - 1000) / 4)
        : 10_000;
  }

  @Test
  void nobodyElseNoticesThem() throws Exception {
    boolean all = Thorough.isAskedFor();
    int slow = all ? asManyAsFilesAllow() : 300;
    int normal = all ? 20_000 : 400;
    Path directory = Files.createDirectory(scratch.resolve("certificates"));
    TestCertificates.made(scratch, "EC", HOST)
        .write(directory.resolve("a.pem"), directory.resolve("a.key"));
    try (Certificates certificates = Certificates.in(directory, Duration.ofHours(1));
        EdgeFixture router =
            EdgeFixture.secure(
                certificates, "connections", "12000", "header-time", all ? "10s" : "2s");
        Origin origin = origin()) {
      router.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));
      assertThat(failedOf(router, normal)).isZero();
      long before = memory();
      try (Crowd crowd = new Crowd()) {
        crowd.come(router, slow);
        long come = System.nanoTime();
        int failed = failedOf(router, normal);
        long grown = memory() - before;
        Reliability.atMost("R10", "of " + normal + " others' requests failed", failed, 0);
        Reliability.atMost("R10", "MiB that " + slow + " slow ones cost", grown / MEBIBYTE, 256);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> crowd.slowHeaders.get() + crowd.inHandshake.get() == 0);
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - come);
        Reliability.say("R10", "seconds until no head was unfinished", seconds, 11);
        assertThat(failedOf(router, 40)).isZero();
      }
      await().untilAsserted(() -> assertThat(router.fleet.inFlight()).isEmpty());
    }
  }

  /** What is in use of the router's heap and buffers; the crowd's own share is in it. */
  private static long memory() {
    return Http2SiegeTest.memory();
  }
}
