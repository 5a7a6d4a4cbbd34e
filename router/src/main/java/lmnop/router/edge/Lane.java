package lmnop.router.edge;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lmnop.registry.table.FunctionRoutes;
import lmnop.router.accesslog.AccessLog;
import lmnop.router.accesslog.LineBuffer;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.balance.Instance;
import lmnop.router.balance.Workload;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop owns: its clients, its connections to instances, its view of the functions.
 * Only that loop's thread touches any of it.
 *
 * <p>Deadlines are looked at ten times a second for all connections together: that costs nothing on
 * a request's way, where a timer for each would.
 */
final class Lane {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final long SWEEP_MILLIS = 100;
  private static final int SWEEPS_A_SECOND = 10;
  private static final int WIDE_AT_MOST = 8; // each may cost 6 MiB
  private static final int TRAFFIC_AT_MOST = 20_000;
  private static final int FORGET_EVERY_SWEEPS = 300; // 30 s

  private final EventLoop loop;
  private final EdgeContext context;
  private final Transport transport;
  private final Occupancy<Long> room;
  private final Set<Guest> clients = Collections.newSetFromMap(new IdentityHashMap<>());
  private final IdentityHashMap<FunctionRoutes, FunctionTraffic> traffic = new IdentityHashMap<>();
  private final IdentityHashMap<Instance, Origins> pools = new IdentityHashMap<>();
  private final Map<Long, Set<Exchange>> waiting = new HashMap<>();
  private final ArrayDeque<Channel> toFlush = new ArrayDeque<>();
  private final @Nullable LineBuffer accessLines;
  private final OriginCounts origins = new OriginCounts();
  private final GuestCounts guests = new GuestCounts();
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private final Consumer<Consumer<Lane>> neighbours;
  private boolean flushing;
  private boolean draining;
  private boolean closing;
  private int sweeps;
  private long dateSecond;
  private @Nullable String date;
  private @Nullable Instance gateway;
  private @Nullable DnsAddressResolverGroup resolver;

  /** Connections to instances; read by the metrics from another thread, where roughly is enough. */
  static final class OriginCounts {
    int open;
    int idle;
  }

  /** What clients have open; read as roughly as {@link OriginCounts}. */
  static final class GuestCounts {
    int http2;
    int streams;
    int tunnels;
    int wide;
  }

  /**
   * A lane.
   *
   * @param neighbours runs something on each other lane's own thread
   */
  Lane(
      EventLoop loop,
      EdgeContext context,
      Transport transport,
      Occupancy<Long> room,
      Consumer<Consumer<Lane>> neighbours) {
    this.neighbours = neighbours;
    this.loop = loop;
    this.context = context;
    this.transport = transport;
    this.room = room;
    AccessLog log = context.accessLog();
    this.accessLines = log == null ? null : log.buffer();
    loop.scheduleAtFixedRate(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  EventLoop loop() {
    return loop;
  }

  /** The time as answers write it, to the second. */
  String date() {
    long now = System.currentTimeMillis() / 1000;
    String written = date;
    if (written == null || now != dateSecond) {
      dateSecond = now;
      written = DATE.format(Instant.ofEpochSecond(now));
      date = written;
    }
    return written;
  }

  EdgeContext context() {
    return context;
  }

  EdgeSettings settings() {
    return context.settings();
  }

  Transport transport() {
    return transport;
  }

  /** Finds the addresses of names without blocking; made for the first instance that has one. */
  DnsAddressResolverGroup resolver() {
    DnsAddressResolverGroup made = resolver;
    if (made == null) {
      made =
          new DnsAddressResolverGroup(
              transport.datagrams(), DnsServerAddressStreamProviders.platformDefault());
      resolver = made;
    }
    return made;
  }

  /** Whether {@link #resolver} was ever needed; asked when the loop has nothing left to do. */
  boolean hasResolver() {
    return resolver != null;
  }

  Occupancy<Long> room() {
    return room;
  }

  OriginCounts origins() {
    return origins;
  }

  GuestCounts guests() {
    return guests;
  }

  /** Lets a connection have a window for all of its uploads, as long as only a few have. */
  boolean widens() {
    if (guests.wide >= WIDE_AT_MOST) {
      return false;
    }
    guests.wide++;
    return true;
  }

  void narrows() {
    guests.wide--;
  }

  /** Where requests leave a line; null where no access log is kept. */
  @Nullable LineBuffer accessLines() {
    return accessLines;
  }

  /** Whether the router stops: no connection is to outlive its request. */
  boolean isDraining() {
    return draining;
  }

  int clients() {
    return clients.size();
  }

  void joined(Guest client) {
    clients.add(client);
  }

  void left(Guest client) {
    clients.remove(client);
    if (draining && clients.isEmpty()) {
      quiet.complete(null);
    }
    if (closing && clients.isEmpty()) {
      drained.complete(null);
    }
  }

  /** Flushes a connection at the end of this turn of the loop, together with all others. */
  void flush(Channel channel) {
    toFlush.add(channel);
    if (!flushing) {
      flushing = true;
      loop.execute(this::flushAll);
    }
  }

  private void flushAll() {
    flushing = false;
    for (Channel channel = toFlush.poll(); channel != null; channel = toFlush.poll()) {
      channel.flush();
    }
  }

  /** A function's snapshot, made ready for this loop. */
  FunctionTraffic traffic(FunctionRoutes routes) {
    FunctionTraffic ready = traffic.get(routes);
    if (ready == null) {
      if (traffic.size() >= TRAFFIC_AT_MOST) {
        traffic.clear();
      }
      ready =
          FunctionTraffic.of(
              routes, context.metrics().function(routes.metricName()), context.fleet());
      traffic.put(routes, ready);
    }
    return ready;
  }

  Origins pool(Instance instance) {
    Origins pool = pools.get(instance);
    if (pool == null) {
      pool =
          instance.speaksHttp2() ? new Http2Pool(this, instance) : new OriginPool(this, instance);
      pools.put(instance, pool);
    }
    return pool;
  }

  /** The inner gateway as an instance, or null while it is starting. */
  @Nullable Instance gateway() {
    InetSocketAddress address = context.gateway().address().get();
    Instance known = gateway;
    if (address != null && (known == null || !known.address().equals(address))) {
      Workload workload = new Workload("", "gateway");
      String host = address.getAddress().getHostAddress();
      known = new Instance(workload, host, address.getPort(), "");
      gateway = known;
    }
    return known;
  }

  /** Lets a request wait until its function, or its preview, has an instance. */
  void await(long queue, Exchange exchange) {
    waiting.computeIfAbsent(queue, id -> new LinkedHashSet<>()).add(exchange);
  }

  void leaveQueue(long queue, Exchange exchange) {
    Set<Exchange> exchanges = waiting.get(queue);
    if (exchanges != null && exchanges.remove(exchange) && exchanges.isEmpty()) {
      waiting.remove(queue);
    }
  }

  /** Lets all requests of a queue look again, the oldest first. */
  void resumeWaiting(long queue) {
    Set<Exchange> exchanges = waiting.remove(queue);
    if (exchanges != null) {
      exchanges.forEach(Exchange::resume);
    }
  }

  boolean isWaitedFor(long queue) {
    return waiting.containsKey(queue);
  }

  /** A request of a function whose instances take only so many at once has ended. */
  void placeIsFree(long queue) {
    if (room.isPresent(queue)) {
      if (waiting.containsKey(queue)) {
        loop.execute(() -> resumeFirst(queue));
      } else {
        neighbours.accept(lane -> lane.resumeFirst(queue));
      }
    }
  }

  private void resumeFirst(long queue) {
    Set<Exchange> exchanges = waiting.get(queue);
    if (exchanges != null) {
      exchanges.iterator().next().resume();
    }
  }

  /** An instance has no thread left for a new connection: the others' idle ones make room. */
  void needsConnection(Instance instance) {
    neighbours.accept(lane -> {
      Origins pool = lane.pools.get(instance);
      if (pool != null) {
        pool.closeOneIdle();
      }
    });
  }

  /**
   * Called from outside when the router is to stop: answers end their connections from now on.
   * Completes when there is no client.
   */
  CompletableFuture<Void> announceEnd() {
    loop.execute(() -> {
      draining = true;
      List.copyOf(clients).forEach(Guest::drainBegins);
      if (clients.isEmpty()) {
        quiet.complete(null);
      }
    });
    return quiet;
  }

  /**
   * Called from outside when no new clients come any more: closes connections without a request.
   * Completes when no client is left.
   */
  CompletableFuture<Void> drain() {
    loop.execute(() -> {
      closing = true;
      List.copyOf(clients).forEach(Guest::closeWhenIdle);
      if (clients.isEmpty()) {
        drained.complete(null);
      }
    });
    return drained;
  }

  /** Ends what is still running. */
  void abandon() {
    List.copyOf(clients).forEach(Guest::abort);
    pools.values().forEach(Origins::close);
    flushAccessLines();
    if (resolver != null) {
      resolver.close();
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    List<Guest> overdue = List.of();
    for (Guest client : clients) {
      if (client.isOverdue(now)) {
        overdue = overdue.isEmpty() ? new ArrayList<>() : overdue;
        overdue.add(client);
      }
    }
    overdue.forEach(client -> client.overdue(now));
    lookAfterWaiting(now);
    flushAccessLines();
    sweeps++;
    if (sweeps % SWEEPS_A_SECOND == 0) {
      pools.values().forEach(pool -> pool.closeIdle(now));
    }
    if (sweeps % FORGET_EVERY_SWEEPS == 0) {
      traffic.clear();
      pools.values().removeIf(Origins::isUnused);
    }
  }

  private void flushAccessLines() {
    LineBuffer lines = accessLines;
    if (lines != null) {
      lines.flush();
    }
  }

  private void lookAfterWaiting(long now) {
    if (waiting.isEmpty()) {
      return;
    }
    for (Long queue : List.copyOf(waiting.keySet())) {
      Set<Exchange> exchanges = waiting.get(queue);
      if (exchanges != null && exchanges.iterator().next().shouldLookAgain(now)) {
        resumeWaiting(queue);
      }
    }
  }
}
