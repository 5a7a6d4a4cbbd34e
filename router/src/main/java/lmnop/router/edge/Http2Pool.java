package lmnop.router.edge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import lmnop.router.balance.Instance;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that take many requests at once. The first that has room is used, so that those which
 * a rush needed become idle after it; another is opened when none has any.
 */
final class Http2Pool implements Origins {
  private static final Logger log = LoggerFactory.getLogger(Http2Pool.class);

  private static final int CONNECTIONS_AT_MOST = 32;

  /** What an instance is taken to allow at once before it said so. */
  private static final int USUAL_STREAMS = 100;

  private record Waiting(Exchange exchange, long since) {}

  private final Lane lane;
  private final Instance instance;
  private final List<Http2Origin> connections = new ArrayList<>();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int open;
  private int greeting;

  Http2Pool(Lane lane, Instance instance) {
    this.lane = lane;
    this.instance = instance;
  }

  Lane lane() {
    return lane;
  }

  // ── for requests ─────────────────────────────────────────────────────────────────────────────

  @Override
  public @Nullable Callee take(boolean fresh) {
    return waiting.isEmpty() ? room() : null;
  }

  private @Nullable Callee room() {
    for (int i = 0; i < connections.size(); i++) {
      Http2Origin connection = connections.get(i);
      if (connection.hasRoom()) {
        return connection.open();
      }
    }
    return null;
  }

  @Override
  public void connect(Exchange exchange) {
    waiting.add(new Waiting(exchange, System.nanoTime()));
    openIfNeeded();
  }

  private void openIfNeeded() {
    if (waiting.size() > greeting * streams()
        && connections.size() + greeting < CONNECTIONS_AT_MOST) {
      openOne();
    }
  }

  private int streams() {
    return connections.isEmpty()
        ? USUAL_STREAMS
        : Math.max(1, connections.getLast().streamsAtMost());
  }

  private void openOne() {
    open++;
    greeting++;
    lane.origins().open++;
    instance.connectionOpened();
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
                    channel.pipeline().addLast("origin", Http2Origin.of(Http2Pool.this, channel));
                  }
                });
    if (instance.address().isUnresolved()) {
      bootstrap.resolver(lane.resolver());
    } else {
      bootstrap.disableResolver();
    }
    ChannelFuture connecting = bootstrap.connect(instance.address());
    connecting.addListener(done -> {
      if (!connecting.isSuccess()) {
        log.debug("{} takes no connection", instance, connecting.cause());
        closed();
        cameToNothing(null);
      }
    });
  }

  // ── what becomes of connections ──────────────────────────────────────────────────────────────

  /** The instance has said what it allows. */
  void ready(Http2Origin connection) {
    greeting--;
    instance.worked();
    connections.add(connection);
    lane.origins().idle++;
    roomCame();
  }

  /** Its room is given away in a turn of its own, not in the middle of another request's end. */
  void requestEnded() {
    if (!waiting.isEmpty()) {
      lane.loop().execute(this::roomCame);
    }
  }

  /** Those that wait get the room that there is now. */
  void roomCame() {
    serve();
    openIfNeeded();
  }

  private void serve() {
    while (!waiting.isEmpty()) {
      Exchange next = waiting.getFirst().exchange();
      Callee room = next.hasEnded() ? null : room();
      if (room == null && !next.hasEnded()) {
        return;
      }
      waiting.removeFirst();
      if (room != null) {
        next.attach(room);
        next.resume();
      }
    }
  }

  /** A connection takes no more requests; another one does for those that wait. */
  void retired(Http2Origin connection) {
    if (connections.remove(connection)) {
      requestEnded();
    }
  }

  /**
   * A connection is closed.
   *
   * @param greeted whether it was ever ready
   * @param problem what the instance sent in place of a greeting, if that was not HTTP/2
   */
  void gone(Http2Origin connection, boolean greeted, @Nullable String problem) {
    connections.remove(connection);
    closed();
    if (greeted) {
      openIfNeeded();
    } else {
      cameToNothing(problem);
    }
  }

  private void closed() {
    open--;
    instance.connectionClosed();
    lane.origins().open--;
  }

  /** Those who wait look elsewhere, unless there are other connections to wait for. */
  private void cameToNothing(@Nullable String problem) {
    greeting--;
    if (problem == null) {
      instance.refused(System.nanoTime());
    }
    if (!connections.isEmpty() || greeting > 0) {
      return;
    }
    List<Waiting> all = List.copyOf(waiting);
    waiting.clear();
    for (Waiting one : all) {
      if (problem != null) {
        one.exchange().refuse(Outcome.BAD_ANSWER, problem);
      } else if (!one.exchange().hasEnded()) {
        one.exchange().patience().refused();
        one.exchange().refused();
      }
    }
  }

  // ── from time to time ────────────────────────────────────────────────────────────────────────

  @Override
  public void closeIdle(long now) {
    waiting.removeIf(one -> one.exchange().hasEnded());
    long longest = lane.settings().waitTime().toNanos();
    while (!waiting.isEmpty() && now - waiting.getFirst().since() > longest) {
      waiting.removeFirst().exchange().refuse(Outcome.ALL_BUSY, null);
    }
    long unused = lane.settings().originIdleTime().toNanos();
    for (Http2Origin connection : List.copyOf(connections)) {
      if (connection.isUnused() && now - connection.idleSince() > unused) {
        connection.close();
      }
    }
  }

  /** Nothing: a connection here is for many requests, and no loop has many of them. */
  @Override
  public void closeOneIdle() {}

  @Override
  public boolean isUnused() {
    return open == 0 && waiting.isEmpty();
  }

  @Override
  public void close() {
    for (Http2Origin connection : List.copyOf(connections)) {
      if (connection.isUnused()) {
        connection.close();
      }
    }
  }

  @Override
  public String toString() {
    return instance.toString();
  }
}
