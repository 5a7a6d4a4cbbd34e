package lmnop.router.edge;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.resolver.HostsFileEntriesResolver;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import lmnop.router.metrics.RouterMetrics;
import lmnop.router.tls.Certificates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server on the public listeners and the internal one. It takes its addresses first, and
 * requests later, when all else that a router needs is there: who comes in between waits in the
 * kernel's queue.
 */
public final class Edge implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Edge.class);
  private static final int BACKLOG = 4096;
  private static final int SPREAD_EVERY_SECONDS = 10;

  /** A resolver's socket gives its last buffer back a moment after it is told to close. */
  private static final long RESOLVER_CLOSES_MILLIS = 100;

  private final EdgeSettings settings;
  private final Transport transport;
  private final MultiThreadIoEventLoopGroup loops;
  private final IdentityHashMap<EventExecutor, Lane> lanes = new IdentityHashMap<>();
  private final Occupancy<Long> room;
  private final Doorkeeper doorkeeper;
  private final List<Listener> wanted;
  private final List<Channel> listeners = new ArrayList<>();
  private final Handover handover = new Handover();
  private volatile boolean draining;

  private Edge(EdgeSettings settings, TrustedProxies trusted, List<Listener> wanted) {
    this.settings = settings;
    this.wanted = wanted;
    this.transport = Transport.choose(settings.transport());
    this.room = new Occupancy<>();
    this.doorkeeper =
        new Doorkeeper(settings, trusted, Descriptors.clients(settings.connections()));
    int count =
        settings.eventLoops() > 0
            ? settings.eventLoops()
            : Runtime.getRuntime().availableProcessors();
    this.loops =
        new MultiThreadIoEventLoopGroup(
            count, new DefaultThreadFactory("edge"), transport.handlers());
  }

  /**
   * Takes the addresses. A router that shares them with another takes them only when it opens, so
   * that nobody waits for it whom the other would answer.
   */
  public static Edge bind(EdgeSettings settings, TrustedProxies trusted, Listener... wanted)
      throws IOException, InterruptedException {
    Edge edge = new Edge(settings, trusted, List.of(wanted));
    if (!settings.sharePort()) {
      edge.listen();
    }
    return edge;
  }

  /** Starts to take requests. */
  public Edge open(EdgeContext context) throws IOException, InterruptedException {
    readNameService();
    for (EventExecutor loop : loops) {
      lanes.put(
          loop,
          new Lane(
              (EventLoop) loop,
              context,
              transport,
              room,
              work -> onOthers((EventLoop) loop, work)));
    }
    context.routes().onChange(this::functionChanged);
    if (listeners.isEmpty()) {
      listen();
    }
    if (settings.sharePort()) {
      loops.next().scheduleAtFixedRate(this::spread, 0, SPREAD_EVERY_SECONDS, TimeUnit.SECONDS);
    }
    addGauges(context);
    for (int i = 0; i < wanted.size(); i++) {
      listeners.get(i).config().setAutoRead(true);
      log.info(
          "the edge listens on {}:{}{}, {} event loops on {}",
          wanted.get(i).host(),
          port(i),
          purpose(wanted.get(i)),
          lanes.size(),
          transport.tag());
    }
    return this;
  }

  private void spread() {
    if (!draining) {
      listeners.forEach(Handover::spread);
    }
  }

  /** The machine's files about names are read here for the first time, and not on an event loop. */
  private static void readNameService() {
    DnsServerAddressStreamProviders.platformDefault();
    HostsFileEntriesResolver.DEFAULT.address("localhost", ResolvedAddressTypes.IPV4_PREFERRED);
  }

  private static String purpose(Listener listener) {
    return switch (listener.entrance()) {
      case PUBLIC -> listener.certificates() == null ? "" : " with TLS";
      case INTERNAL -> " for functions";
      case GATEWAY -> " for the inner gateway";
    };
  }

  private void listen() throws IOException, InterruptedException {
    try {
      for (Listener listener : wanted) {
        listeners.add(listen(listener));
      }
    } catch (IOException | RuntimeException | InterruptedException e) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw e;
    }
  }

  private Channel listen(Listener wanted) throws IOException, InterruptedException {
    Certificates certificates = wanted.certificates();
    ServerBootstrap bootstrap = new ServerBootstrap();
    if (settings.sharePort()) {
      bootstrap.option(transport.portSharing(), true);
    }
    bootstrap
        .group(loops)
        .channelFactory(transport.listeners())
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .handler(new AcceptFailures())
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                Lane lane = lanes.get(channel.eventLoop());
                if (lane == null) {
                  throw new IllegalStateException("a connection came to a foreign event loop");
                }
                if (wanted.entrance() == Listener.Entrance.GATEWAY) {
                  ClientPipeline.http1(channel, lane, Peer.innerGateway());
                  return;
                }
                if (handover.isProbe(channel) || !doorkeeper.letsIn(channel)) {
                  channel.close();
                  return;
                }
                if (certificates == null) {
                  ClientPipeline.plain(
                      channel, lane, wanted.entrance() == Listener.Entrance.INTERNAL);
                } else {
                  ClientPipeline.secure(channel, lane, certificates);
                }
              }
            });
    ChannelFuture bound =
        bootstrap.bind(new InetSocketAddress(wanted.host(), wanted.port())).await();
    if (!bound.isSuccess()) {
      throw new IOException(
          "nothing can listen on %s:%d: %s"
              .formatted(wanted.host(), wanted.port(), bound.cause().getMessage()),
          bound.cause());
    }
    return bound.channel();
  }

  private void addGauges(EdgeContext context) {
    var metrics = context.metrics();
    String tag = "transport=\"" + transport.tag() + "\"";
    metrics.gauge("lmnop_router_transport", tag, "How sockets are driven.", () -> 1);
    String allocator = ByteBufAllocator.DEFAULT.getClass().getSimpleName();
    metrics.gauge(
        "lmnop_router_buffers", "allocator=\"" + allocator + "\"", "Who makes buffers.", () -> 1);
    metrics.gauge(
        "lmnop_router_clients", "", "Connections of clients.", () -> total(Lane::clients));
    metrics.gauge(
        "lmnop_router_clients_turned_away",
        "",
        "Connections closed at once, because there were too many.",
        doorkeeper::turnedAway);
    addGuests(metrics);
    String pool = "lmnop_router_origin_connections";
    String help = "Connections to instances.";
    metrics.gauge(pool, "state=\"open\"", help, () -> total(lane -> lane.origins().open));
    metrics.gauge(pool, "state=\"idle\"", help, () -> total(lane -> lane.origins().idle));
    metrics.gauge(
        "lmnop_router_waiting", "", "Requests that wait for an instance.", () -> room.size());
  }

  private void addGuests(RouterMetrics metrics) {
    metrics.gauge(
        "lmnop_router_http2_connections",
        "",
        "Connections of clients that speak HTTP/2.",
        () -> total(lane -> lane.guests().http2));
    metrics.gauge(
        "lmnop_router_http2_wide_connections",
        "",
        "Of these, with a window for all of their uploads, because many were not taken.",
        () -> total(lane -> lane.guests().wide));
    metrics.gauge(
        "lmnop_router_http2_streams",
        "",
        "Requests of HTTP/2 that are not over.",
        () -> total(lane -> lane.guests().streams));
    metrics.gauge(
        "lmnop_router_tunnels",
        "",
        "Open WebSockets, and what else requests were switched to.",
        () -> total(lane -> lane.guests().tunnels));
  }

  private int total(ToIntFunction<Lane> count) {
    return lanes.values().stream().mapToInt(count).sum();
  }

  private void onOthers(EventLoop own, Consumer<Lane> work) {
    for (Lane lane : lanes.values()) {
      if (!lane.loop().equals(own)) {
        lane.loop().execute(() -> work.accept(lane));
      }
    }
  }

  /** Requests of previews look again by themselves, which takes a tenth of a second. */
  private void functionChanged(long function) {
    if (room.isPresent(function)) {
      for (Lane lane : lanes.values()) {
        lane.loop().execute(() -> lane.resumeWaiting(function));
      }
    }
  }

  /** The port of the first listener. */
  public int port() {
    return port(0);
  }

  /** The port of a listener, by its place among those that were asked for. */
  public int port(int listener) {
    return ((InetSocketAddress) listeners.get(listener).localAddress()).getPort();
  }

  /** How many addresses it listens on. */
  public int listeners() {
    return listeners.size();
  }

  public Transport transport() {
    return transport;
  }

  /** Whether requests are taken; false from the moment on that the router is to stop. */
  public boolean isOpen() {
    return !draining && listeners.stream().allMatch(Channel::isOpen);
  }

  /**
   * Waits until every event loop has ended the turn that it is in: a request that chose its
   * instance by an older snapshot counts as in flight from then on.
   */
  public void awaitTurn() throws InterruptedException, TimeoutException {
    onEveryLane(lane -> {});
  }

  private void onEveryLane(Consumer<Lane> work) throws InterruptedException, TimeoutException {
    Collection<CompletableFuture<Void>> turns =
        lanes.values().stream()
            .map(lane -> CompletableFuture.runAsync(() -> work.accept(lane), lane.loop()))
            .toList();
    try {
      CompletableFuture.allOf(turns.toArray(CompletableFuture[]::new)).get(2, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Stops: each connection ends with its next answer. New ones go to another router on the same
   * port; where there is none they are taken until those that are idle have had their moment and
   * balancers their time to learn of it; then no more. What is not done when its time is over is
   * broken off.
   */
  @Override
  public void close() throws InterruptedException {
    if (loops.isShuttingDown()) {
      return;
    }
    draining = true;
    long begin = System.nanoTime();
    long end = begin + settings.drainTime().toNanos();
    if (settings.sharePort()) {
      doors().forEach(handover::begin);
    }
    everyLane(Lane::announceEnd, nanosOfDrain(settings.drainGrace()));
    stayOpen(begin + nanosOfDrain(settings.drainDelay()));
    handover.end(doors());
    if (!everyLane(Lane::drain, end - System.nanoTime())) {
      log.warn(
          "{} connections were still open after {} and were broken off",
          total(Lane::clients),
          settings.drainTime());
    }
    for (Channel listener : listeners) {
      listener.close().sync();
    }
    try {
      onEveryLane(Lane::abandon);
    } catch (TimeoutException e) {
      log.warn("an event loop does not end its turn");
    }
    boolean resolves = lanes.values().stream().anyMatch(Lane::hasResolver);
    long quiet = resolves ? RESOLVER_CLOSES_MILLIS : 0;
    loops.shutdownGracefully(quiet, 2000, TimeUnit.MILLISECONDS).sync();
  }

  /** At most half of the time that running requests have. */
  private long nanosOfDrain(Duration wanted) {
    return Math.min(wanted.toNanos(), settings.drainTime().dividedBy(2).toNanos());
  }

  /** Idle connections may have ended long before every balancer knows. */
  private static void stayOpen(long until) throws InterruptedException {
    new CountDownLatch(1).await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  /** Where clients come in; what runs may still be on its way to a function by the other doors. */
  private List<Channel> doors() {
    return IntStream.range(0, listeners.size())
        .filter(i -> wanted.get(i).entrance() != Listener.Entrance.GATEWAY)
        .mapToObj(listeners::get)
        .toList();
  }

  /** Does it on every lane, and waits until all of them are done with it; false if time is over. */
  private boolean everyLane(Function<Lane, CompletableFuture<Void>> work, long nanos)
      throws InterruptedException {
    CompletableFuture<?>[] all =
        lanes.values().stream().map(work).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(all).get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }
}
