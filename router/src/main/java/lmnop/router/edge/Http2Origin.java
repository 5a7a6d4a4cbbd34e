package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to an instance that speaks HTTP/2: many requests at once, each an {@link
 * OriginStream}, of clients that have nothing to do with each other.
 *
 * <p>The connection's window is that of all its requests together: a client that takes nothing
 * fills its own request's window and stops nobody else's.
 */
final class Http2Origin extends Http2ConnectionHandler {
  private static final Logger log = LoggerFactory.getLogger(Http2Origin.class);

  /** How many requests a connection has at once, if the instance allows as many. */
  private static final int STREAMS_AT_MOST = 250;

  private static final int STREAM_WINDOW = 1 << 16;
  private static final int CONNECTION_WINDOW = STREAMS_AT_MOST * STREAM_WINDOW;
  private static final int LAST_STREAM = 1 << 30;
  private static final int RESETS_IN_TEN_SECONDS = 10_000;
  private static final int UNSENT_CONTROL_FRAMES = 10_000;
  private static final int CONTINUATIONS = 16;
  private static final int EMPTY_FRAMES = 10;
  private static final long DEAF_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Http2Pool pool;
  private final Channel channel;
  private final Http2OriginFrames frames = new Http2OriginFrames(this);
  private final Http2Connection.PropertyKey streamKey;
  private final Set<OriginStream> streams = Collections.newSetFromMap(new IdentityHashMap<>());
  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> greeting;
  private boolean greeted;
  private boolean retired;
  private boolean gone;
  private @Nullable String problem;
  private int lastTaken = Integer.MAX_VALUE;
  private int used;
  private long heardAt = System.nanoTime();
  private long idleSince = heardAt;
  private boolean dirty;

  static Http2Origin of(Http2Pool pool, Channel channel) {
    return new Builder(pool, channel).build();
  }

  private Http2Origin(
      Builder builder,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings) {
    super(decoder, encoder, settings);
    this.pool = builder.pool;
    this.channel = builder.channel;
    this.streamKey = connection().newKey();
    connection().addListener(new Ends());
    encoder.flowController().listener(this::takesMore);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) throws Exception {
    context = added;
    super.handlerAdded(added);
  }

  @Override
  public void channelActive(ChannelHandlerContext active) throws Exception {
    super.channelActive(active);
    Http2Stream whole = connection().connectionStream();
    int more = CONNECTION_WINDOW - Http2CodecUtil.DEFAULT_WINDOW_SIZE;
    decoder().flowController().incrementWindowSize(whole, more);
    flushLater();
    long patience = lane().settings().connectTime().toMillis();
    greeting = channel.eventLoop().schedule(() -> channel.close(), patience, TimeUnit.MILLISECONDS);
  }

  Lane lane() {
    return pool.lane();
  }

  // ── for the pool ─────────────────────────────────────────────────────────────────────────────

  boolean hasRoom() {
    return !retired && channel.isActive() && streams.size() < streamsAtMost();
  }

  int streamsAtMost() {
    return Math.min(STREAMS_AT_MOST, connection().local().maxActiveStreams());
  }

  /** Takes one more request. */
  OriginStream open() {
    if (streams.isEmpty()) {
      lane().origins().idle--;
    }
    used++;
    OriginStream fresh = new OriginStream(this, used > 1);
    streams.add(fresh);
    return fresh;
  }

  boolean isUnused() {
    return streams.isEmpty();
  }

  long idleSince() {
    return idleSince;
  }

  void close() {
    channel.close();
  }

  /** Takes no more requests, and closes after those that it has. */
  private void retire() {
    if (!retired) {
      retired = true;
      pool.retired(this);
      closeIfOver();
    }
  }

  private void closeIfOver() {
    if (retired && streams.isEmpty()) {
      channel.close();
    }
  }

  // ── what the instance sends; see Http2OriginFrames ───────────────────────────────────────────

  @Nullable OriginStream stream(int streamId) {
    Http2Stream stream = connection().stream(streamId);
    return stream == null ? null : stream.getProperty(streamKey);
  }

  /** Frames came that say nothing, too many of them. */
  void flooded(Http2Exception why) {
    onConnectionError(there(), false, why, why);
  }

  /** The instance says what it allows: the first time, requests may come. */
  void settingsCame() {
    ScheduledFuture<?> late = greeting;
    if (late != null) {
      late.cancel(false);
      greeting = null;
    }
    if (greeted) {
      pool.roomCame();
    } else {
      greeted = true;
      pool.ready(this);
    }
  }

  // ── what the router sends; see OriginStream ──────────────────────────────────────────────────

  /** Begins a stream; returns null if the connection takes none any more. */
  @Nullable Http2Stream begin(OriginStream call, Http2Headers headers, boolean isAll) {
    ChannelHandlerContext to = there();
    int id = connection().local().incrementAndGetNextStreamId();
    if (id > LAST_STREAM) {
      retire();
    }
    frames.written(0);
    encoder().writeHeaders(to, id, headers, 0, isAll, to.newPromise());
    flushLater();
    Http2Stream stream = connection().stream(id);
    if (stream != null) {
      stream.setProperty(streamKey, call);
    }
    return stream;
  }

  void writeHeaders(Http2Stream stream, Http2Headers headers) {
    ChannelHandlerContext to = there();
    frames.written(0);
    encoder().writeHeaders(to, stream.id(), headers, 0, true, to.newPromise());
    flushLater();
  }

  void writeData(Http2Stream stream, ByteBuf data, boolean isLast) {
    ChannelHandlerContext to = there();
    frames.written(data.readableBytes());
    encoder().writeData(to, stream.id(), data, 0, isLast, to.newPromise());
    flushLater();
  }

  boolean takes(Http2Stream stream) {
    return encoder().flowController().isWritable(stream);
  }

  private void takesMore(Http2Stream stream) {
    OriginStream call = stream.getProperty(streamKey);
    if (call != null && takes(stream)) {
      call.takesMore();
    }
  }

  /** So much of an answer was passed on, so that the instance may send more. */
  void consumed(Http2Stream stream, int bytes) {
    try {
      if (decoder().flowController().consumeBytes(stream, bytes)) {
        flushLater();
      }
    } catch (Http2Exception e) {
      onError(there(), true, e);
    }
  }

  /** Breaks one request off. */
  void cancel(Http2Stream stream) {
    ChannelHandlerContext to = there();
    resetStream(to, stream.id(), Http2Error.CANCEL.code(), to.newPromise());
    flushLater();
  }

  /**
   * Nobody waits any more for a request of which nothing was heard. Where nothing else was heard
   * either, the instance may be gone without a word, and no other request is to find that out.
   */
  void unheard(long since) {
    if (heardAt - since < 0 && System.nanoTime() - since > DEAF_NANOS) {
      retire();
    }
  }

  /** Whether the instance broke the connection off; all of its requests are to learn that. */
  boolean isBroken() {
    boolean broken = TcpState.isClosed(channel);
    if (broken) {
      channel.close();
    }
    return broken;
  }

  /** A request is over. */
  void over(OriginStream call) {
    if (streams.remove(call)) {
      if (gone) {
        return;
      }
      if (streams.isEmpty()) {
        idleSince = System.nanoTime();
        lane().origins().idle++;
      }
      closeIfOver();
      pool.requestEnded();
    }
  }

  private ChannelHandlerContext there() {
    ChannelHandlerContext added = context;
    if (added == null) {
      throw new IllegalStateException("the connection has no pipeline yet");
    }
    return added;
  }

  private void flushLater() {
    if (!dirty) {
      dirty = true;
      lane().flush(channel);
    }
  }

  @Override
  public void flush(ChannelHandlerContext flushed) {
    dirty = false;
    super.flush(flushed);
  }

  // ── the channel ──────────────────────────────────────────────────────────────────────────────

  @Override
  public void channelRead(ChannelHandlerContext from, Object message) throws Exception {
    heardAt = System.nanoTime();
    super.channelRead(from, message);
  }

  @Override
  public void channelInactive(ChannelHandlerContext from) throws Exception {
    retired = true;
    gone = true;
    if (streams.isEmpty() && greeted) {
      lane().origins().idle--;
    }
    ScheduledFuture<?> late = greeting;
    if (late != null) {
      late.cancel(false);
    }
    pool.gone(this, greeted, problem);
    super.channelInactive(from);
    List.copyOf(streams).forEach(OriginStream::left);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable cause) throws Exception {
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
      super.exceptionCaught(from, cause);
      return;
    }
    if (!(cause instanceof IOException)) {
      log.warn("a connection to {} failed", pool, cause);
    }
    channel.close();
  }

  /** What breaks the rules of the whole connection ends everything on it. */
  @Override
  protected void onConnectionError(
      ChannelHandlerContext from,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception http2) {
    log.debug("{} breaks the rules of HTTP/2", pool, cause);
    retired = true;
    pool.retired(this);
    if (!greeted) {
      problem = "The function does not speak HTTP/2, which its http.protocol says: h2c.";
    }
    List.copyOf(streams).forEach(OriginStream::broken);
    super.onConnectionError(from, outbound, cause, http2);
  }

  /** What breaks the rules of one request ends that request. */
  @Override
  protected void onStreamError(
      ChannelHandlerContext from,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException http2) {
    OriginStream call = stream(http2.streamId());
    if (call != null) {
      log.debug("{} breaks the rules of HTTP/2", pool, cause);
      call.broken();
    } else if (connection().stream(http2.streamId()) != null) {
      super.onStreamError(from, outbound, cause, http2);
    } else if (frames.isTooLate()) {
      flooded(Http2OriginFrames.tooMany());
    } // else it was on its way when the request was broken off
  }

  private final class Ends extends Http2ConnectionAdapter {
    /** Requests above the last one that the instance took never happened. */
    @Override
    public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
      lastTaken = lastStreamId;
      retire();
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      OriginStream call = stream.removeProperty(streamKey);
      if (call != null) {
        if (stream.id() > lastTaken) {
          call.wasReset(Http2Error.REFUSED_STREAM.code());
        }
        call.left();
      }
    }
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2Origin, Builder> {
    private final Http2Pool pool;
    private final Channel channel;

    Builder(Http2Pool pool, Channel channel) {
      this.pool = pool;
      this.channel = channel;
      Http2Connection connection = new DefaultHttp2Connection(false, 0);
      connection
          .remote()
          .flowController(
              new DefaultHttp2RemoteFlowController(
                  connection, new UniformStreamByteDistributor(connection)));
      connection(connection);
      initialSettings(
          Http2Settings.defaultSettings()
              .pushEnabled(false)
              .initialWindowSize(STREAM_WINDOW)
              .maxHeaderListSize(pool.lane().settings().headerBytes() * 2L));
      gracefulShutdownTimeoutMillis(0);
      encoderIgnoreMaxHeaderListSize(true);
      encoderEnforceMaxQueuedControlFrames(UNSENT_CONTROL_FRAMES);
      decoderEnforceMaxRstFramesPerWindow(RESETS_IN_TEN_SECONDS, 10);
      encoderEnforceMaxRstFramesPerWindow(0, 0); // clients that leave must not end it for others
      decoderEnforceMaxSmallContinuationFrames(CONTINUATIONS);
      decoderEnforceMaxConsecutiveEmptyDataFrames(EMPTY_FRAMES);
      flushPreface(true);
    }

    @Override
    protected Http2Origin build() {
      return super.build();
    }

    @Override
    protected Http2Origin build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      Http2Origin origin = new Http2Origin(this, decoder, encoder, settings);
      frameListener(origin.frames);
      return origin;
    }
  }
}
