package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
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
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection that speaks HTTP/2: many requests at once, each an {@link Http2Call}.
 *
 * <p>There is no channel for each stream: a request costs an object, and everything that is written
 * in a turn of the loop leaves with one flush.
 */
final class Http2Client extends Http2ConnectionHandler implements Guest {
  private static final Logger log = LoggerFactory.getLogger(Http2Client.class);

  /** Of all uploads of a connection together, and of one of them. */
  private static final int CONNECTION_WINDOW = 1 << 20;

  private static final int STREAM_WINDOW = 1 << 16;

  /**
   * From so much on that waits for functions, a connection gets a window for all of its uploads.
   */
  private static final int MUCH = CONNECTION_WINDOW / 2;

  private static final int RESETS_IN_TEN_SECONDS = 100;
  private static final int UNSENT_CONTROL_FRAMES = 1000;
  private static final int CONTINUATIONS = 16;
  private static final int EMPTY_FRAMES = 10;

  private final Lane lane;
  private final Channel channel;
  private final Peer peer;
  private final Forwarding forwarding;
  private final LastEntrance entrances;
  private final Http2Frames frames = new Http2Frames(this);
  private final StreamHistory history = new StreamHistory();
  private final Http2Connection.PropertyKey callKey;
  private final Set<Http2Call> calls = Collections.newSetFromMap(new IdentityHashMap<>());
  private @Nullable ChannelHandlerContext context;
  private long idleSince = System.nanoTime();
  private boolean dirty;
  private int heldBytes;
  private boolean wide;

  static Http2Client of(Lane lane, Channel channel, Peer peer) {
    return new Builder(lane, channel, peer).build();
  }

  private Http2Client(
      Builder builder,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings) {
    super(decoder, encoder, settings);
    this.lane = builder.lane;
    this.channel = builder.channel;
    this.peer = builder.peer;
    this.forwarding = Forwarding.of(peer);
    this.entrances = new LastEntrance(lane.context().resolver());
    this.callKey = connection().newKey();
    connection().addListener(new Ends());
    encoder.flowController().listener(this::takesMore);
    lane.joined(this);
    lane.guests().http2++;
  }

  Lane lane() {
    return lane;
  }

  Peer peer() {
    return peer;
  }

  Forwarding forwarding() {
    return forwarding;
  }

  LastEntrance entrances() {
    return entrances;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) throws Exception {
    context = added;
    super.handlerAdded(added);
    Http2Stream whole = connection().connectionStream();
    int more = CONNECTION_WINDOW - Http2CodecUtil.DEFAULT_WINDOW_SIZE;
    decoder().flowController().incrementWindowSize(whole, more);
  }

  // ── what the client sends; see Http2Frames ───────────────────────────────────────────────────

  @Nullable Http2Call call(int streamId) {
    Http2Stream stream = connection().stream(streamId);
    return stream == null ? null : stream.getProperty(callKey);
  }

  void headers(int streamId, Http2Headers headers, boolean isAll) throws Http2Exception {
    Http2Stream stream = connection().stream(streamId);
    if (stream == null) {
      return; // reset meanwhile
    }
    Http2Call known = stream.getProperty(callKey);
    if (known != null) {
      known.trailers(Http2Requests.trailers(streamId, headers));
      return;
    }
    history.began(streamId);
    Http2Call fresh = new Http2Call(this, stream);
    stream.setProperty(callKey, fresh);
    calls.add(fresh);
    lane.guests().streams++;
    fresh.begin(Http2Requests.head(streamId, headers, isAll), isAll);
  }

  void wasReset(int streamId) {
    history.wasReset(streamId);
  }

  // ── what the router sends; see Http2Call ─────────────────────────────────────────────────────

  boolean takes(Http2Stream stream) {
    return encoder().flowController().isWritable(stream);
  }

  private void takesMore(Http2Stream stream) {
    Http2Call call = stream.getProperty(callKey);
    if (call != null && takes(stream)) {
      call.takesMore();
    }
  }

  void writeHeaders(Http2Stream stream, Http2Headers headers, boolean isLast) {
    ChannelHandlerContext to = there();
    frames.written(0);
    encoder().writeHeaders(to, stream.id(), headers, 0, isLast, to.newPromise());
    flushLater();
  }

  ChannelFuture writeData(Http2Stream stream, ByteBuf data, boolean isLast) {
    ChannelHandlerContext to = there();
    frames.written(data.readableBytes());
    flushLater();
    return encoder().writeData(to, stream.id(), data, 0, isLast, to.newPromise());
  }

  void reset(Http2Stream stream, Http2Error why) {
    ChannelHandlerContext to = there();
    resetStream(to, stream.id(), why.code(), to.newPromise());
    flushLater();
  }

  /**
   * So much more of the connection's window is held by uploads that their functions do not take, or
   * so much less. They must not stop the client's other uploads.
   */
  void held(int bytes) {
    heldBytes += bytes;
    if (heldBytes >= MUCH && !wide && lane.widens()) {
      wide = true;
      try {
        Http2Stream whole = connection().connectionStream();
        int all = lane.settings().http2Streams() * STREAM_WINDOW;
        decoder().flowController().incrementWindowSize(whole, all);
        flushLater();
      } catch (Http2Exception e) {
        onError(there(), true, e);
      }
    }
  }

  /** So much of a request was passed on, so that the client may send more. */
  void consumed(Http2Stream stream, int bytes) {
    try {
      if (decoder().flowController().consumeBytes(stream, bytes)) {
        flushLater();
      }
    } catch (Http2Exception e) {
      onError(there(), true, e);
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
      lane.flush(channel);
    }
  }

  @Override
  public void flush(ChannelHandlerContext flushed) {
    dirty = false;
    super.flush(flushed);
  }

  // ── as a guest ───────────────────────────────────────────────────────────────────────────────

  @Override
  public boolean isOverdue(long now) {
    if (calls.isEmpty()) {
      return now - idleSince > lane.settings().http2IdleTime().toNanos();
    }
    for (Http2Call call : calls) {
      if (call.isOverdue(now)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void overdue(long now) {
    if (calls.isEmpty()) {
      channel.close();
    }
    List.copyOf(calls).forEach(call -> call.overdue(now));
  }

  /** New requests are still taken: some are on their way while this is. */
  @Override
  public void drainBegins() {
    lastRequestIs(Integer.MAX_VALUE);
  }

  /** Says which requests will still be answered, and closes after them. */
  @Override
  public void closeWhenIdle() {
    lastRequestIs(connection().remote().lastStreamCreated());
    channel.close();
  }

  private void lastRequestIs(int streamId) {
    ChannelHandlerContext to = there();
    long code = Http2Error.NO_ERROR.code();
    goAway(to, streamId, code, Unpooled.EMPTY_BUFFER, to.newPromise());
    flushLater();
  }

  @Override
  public void abort() {
    List.copyOf(calls).forEach(Http2Call::left);
    gracefulShutdownTimeoutMillis(0);
    channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext gone) throws Exception {
    lane.left(this);
    lane.guests().http2--;
    if (wide) {
      lane.narrows();
    }
    super.channelInactive(gone);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable cause) throws Exception {
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
      super.exceptionCaught(from, cause);
      return;
    }
    if (!(cause instanceof IOException)) {
      log.warn("the connection of {} failed", peer.address(), cause);
    }
    abort();
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext from,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception http2) {
    log.debug("the connection of {} breaks the rules", peer.address(), cause);
    lane.context().metrics().ended(Outcome.BAD_REQUEST);
    super.onConnectionError(from, outbound, cause, http2);
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext from,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException http2) {
    int streamId = http2.streamId();
    if (!outbound && http2.error() == Http2Error.STREAM_CLOSED && call(streamId) == null) {
      Http2Exception worse = history.judge(streamId);
      if (worse != null) {
        onConnectionError(from, false, cause, worse);
        return;
      }
    }
    Http2Call call = call(streamId);
    if (call == null || !call.isRunning()) {
      lane.context().metrics().ended(Outcome.BAD_REQUEST); // it never became a request
    }
    super.onStreamError(from, outbound, cause, isAfterTheEnd(http2) ? afterTheEnd(http2) : http2);
  }

  /** Netty calls a head behind a whole request a surplus one; the client is to learn why. */
  private boolean isAfterTheEnd(Http2Exception.StreamException http2) {
    Http2Stream stream = connection().stream(http2.streamId());
    return stream != null
        && stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE
        && String.valueOf(http2.getMessage()).contains("too many headers");
  }

  private static Http2Exception.StreamException afterTheEnd(Http2Exception.StreamException http2) {
    String message = String.valueOf(http2.getMessage());
    return (Http2Exception.StreamException)
        Http2Exception.streamError(http2.streamId(), Http2Error.STREAM_CLOSED, message);
  }

  private final class Ends extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream stream) {
      if (stream.isResetSent()) {
        history.wasReset(stream.id());
      }
      Http2Call call = stream.removeProperty(callKey);
      if (call != null) {
        calls.remove(call);
        lane.guests().streams--;
        call.left();
        if (calls.isEmpty()) {
          idleSince = System.nanoTime();
        }
      }
    }
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2Client, Builder> {
    private final Lane lane;
    private final Channel channel;
    private final Peer peer;

    Builder(Lane lane, Channel channel, Peer peer) {
      this.lane = lane;
      this.channel = channel;
      this.peer = peer;
      EdgeSettings settings = lane.settings();
      Http2Connection connection = new DefaultHttp2Connection(true, 0);
      connection
          .remote()
          .flowController(
              new DefaultHttp2RemoteFlowController(
                  connection, new UniformStreamByteDistributor(connection)));
      connection(connection);
      initialSettings(
          Http2Settings.defaultSettings()
              .maxConcurrentStreams(settings.http2Streams())
              .initialWindowSize(STREAM_WINDOW)
              .maxHeaderListSize(settings.headerBytes()));
      gracefulShutdownTimeoutMillis(settings.drainTime().toMillis());
      encoderIgnoreMaxHeaderListSize(true); // a client that takes none could ask for resets only
      encoderEnforceMaxQueuedControlFrames(UNSENT_CONTROL_FRAMES);
      decoderEnforceMaxRstFramesPerWindow(RESETS_IN_TEN_SECONDS, 10);
      encoderEnforceMaxRstFramesPerWindow(RESETS_IN_TEN_SECONDS, 10);
      decoderEnforceMaxSmallContinuationFrames(CONTINUATIONS);
      decoderEnforceMaxConsecutiveEmptyDataFrames(EMPTY_FRAMES);
      flushPreface(true);
    }

    @Override
    protected Http2Client build() {
      return super.build();
    }

    @Override
    protected Http2Client build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      Http2Client client = new Http2Client(this, decoder, encoder, settings);
      frameListener(client.frames);
      return client;
    }
  }
}
