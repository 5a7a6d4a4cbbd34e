package lmnop.controlplane.web;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import org.springframework.http.MediaType;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * How a listener stops. Whoever keeps a connection may send one more request on it, and what it
 * needs is closed after the listener: so connections go before that. Whoever is being answered has
 * some time; what follows events would never end, and is broken off.
 */
final class Farewell {
  private static final long LOOK = Duration.ofMillis(2).toNanos();
  private static final Duration CLOSED = Duration.ofMillis(500);

  private final ChannelGroup connections =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true); // who comes too late is closed
  private final Duration delay;
  private final Duration grace;
  private volatile boolean said;

  Farewell(ListenSettings settings) {
    this.delay = settings.drainDelay();
    this.grace = settings.drainGrace();
  }

  ChannelGroup connections() {
    return connections;
  }

  /** Says with each answer that no other follows on this connection, once that is so. */
  BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> before(
      BiFunction<HttpServerRequest, HttpServerResponse, ? extends Publisher<Void>> handler) {
    return (request, response) -> {
      if (said) {
        response.keepAlive(false);
      }
      return handler.apply(request, response);
    };
  }

  /** From now on each answer says it; waits until those who send others here had time to learn. */
  void announce() {
    said = true;
    try {
      new CountDownLatch(1).await(delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // whoever does that wants no more of it
    }
  }

  /** Ends every connection, and returns when that is done. */
  void say() {
    long begin = System.nanoTime();
    while (answers() && System.nanoTime() - begin < grace.toNanos()) {
      LockSupport.parkNanos(LOOK);
    }
    connections.close().awaitUninterruptibly(CLOSED.toMillis());
  }

  /** Ends those where nothing is asked; whether others are still being answered. */
  private boolean answers() {
    boolean answers = false;
    for (Channel connection : connections) {
      ChannelOperations<?, ?> asked = ChannelOperations.get(connection);
      if (asked == null) {
        connection.close();
      } else {
        answers |= !(asked instanceof HttpServerResponse answer && isEndless(answer));
      }
    }
    return answers;
  }

  private static boolean isEndless(HttpServerResponse answer) {
    String type = answer.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE);
    return answer.hasSentHeaders()
        && type != null
        && type.startsWith(MediaType.TEXT_EVENT_STREAM_VALUE);
  }
}
