package lmnop.router.edge;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What must be known of streams that are over, to tell a client's mistake from what was on its way
 * when the stream ended. Only the exceptions are remembered: streams that were reset, and numbers
 * that were left out.
 */
final class StreamHistory {
  private static final int REMEMBERED = 128;

  /** Numbers that a client never used, both included. */
  private record Gap(int first, int last) {}

  private final ArrayDeque<Integer> reset = new ArrayDeque<>(0);
  private final ArrayDeque<Gap> gaps = new ArrayDeque<>(0);
  private int newest = -1;

  /** A client begins a stream. */
  void began(int streamId) {
    if (streamId > newest + 2) {
      remember(gaps, new Gap(newest + 2, streamId - 2));
    }
    newest = streamId;
  }

  /** A stream was broken off: frames of it may still come, and mean nothing. */
  void wasReset(int streamId) {
    remember(reset, streamId);
  }

  private static <T> void remember(ArrayDeque<T> these, T one) {
    if (these.size() == REMEMBERED) {
      these.removeFirst();
    }
    these.addLast(one);
  }

  /** Returns what is wrong with the whole connection if a frame came for a stream that is over. */
  @Nullable Http2Exception judge(int streamId) {
    if (reset.contains(streamId)) {
      return null;
    }
    for (Gap gap : gaps) {
      if (streamId >= gap.first() && streamId <= gap.last()) {
        return Http2Exception.connectionError(
            Http2Error.PROTOCOL_ERROR, "stream %d was left out before", streamId);
      }
    }
    return Http2Exception.connectionError(Http2Error.STREAM_CLOSED, "stream %d is over", streamId);
  }
}
