package lmnop.controlplane.web;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.operations.database.Origin;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The crossing from event loops to virtual threads, for work that blocks: git, files, password
 * hashes.
 *
 * <p>It has a bounded number of places. When all are taken, the next caller is told so at once
 * instead of waiting in a queue without end.
 */
public final class Crossing implements Executor, AutoCloseable {
  private static final int CHUNK = 8192;

  /** Work whose result is a stream of bytes. */
  @FunctionalInterface
  public interface Writing {
    void to(OutputStream out) throws IOException, InterruptedException;
  }

  private final String name;
  private final Semaphore places;
  private final ExecutorService threads;

  public Crossing(String name, int places) {
    this.name = name;
    this.places = new Semaphore(places);
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + "-", 0).factory());
  }

  /** Does the work on a virtual thread; a caller who leaves interrupts it. */
  public <T> Mono<T> call(Callable<T> work) {
    return Mono.create(sink -> {
      AtomicReference<Thread> working = new AtomicReference<>();
      sink.onCancel(() -> interrupt(working.get()));
      Runnable inPlace =
          () -> {
            working.set(Thread.currentThread());
            try {
              sink.success(work.call());
            } catch (Throwable e) {
              sink.error(e);
            }
          };
      execute(Origin.around(Origin.of(sink.contextView()), inPlace));
    });
  }

  /**
   * Answers with what the work writes, on a virtual thread that waits while the client is slow;
   * every flush reaches the client at once. An exception before the first byte still decides the
   * status. A client who leaves makes the next write fail; he does not interrupt. Whoever may not
   * read on is cut off.
   */
  public Mono<Void> answer(ServerWebExchange exchange, Writing writing) {
    ServerHttpResponse response = exchange.getResponse();
    if (exchange.getRequest().getMethod().equals(HttpMethod.HEAD)) {
      return response.setComplete(); // nothing is written that nobody reads
    }
    Origin origin = exchange.getAttribute(Origin.ATTRIBUTE);
    Flux<DataBuffer> bytes =
        Flux.defer(() ->
            places.tryAcquire()
                ? DataBufferUtils.outputStreamPublisher(
                    out ->
                        Origin.around(origin, () -> write(writing, Standing.watched(exchange, out)))
                            .run(),
                    response.bufferFactory(),
                    this::start,
                    CHUNK)
                : Flux.error(full()));
    // Without the second half, a writer whose client left while it waited may wait for ever. Netty
    // flushes all that has come as soon as nothing more is there; to ask for it by
    // writeAndFlushWith stalls, once in a great while: Reactor's concat loses a request then.
    return response.writeWith(bytes.takeUntilOther(connectionClosed(response)));
  }

  private static Mono<Void> connectionClosed(ServerHttpResponse response) {
    HttpServerResponse netty = ServerHttpResponseDecorator.getNativeResponse(response);
    return Mono.defer(() -> {
      AtomicReference<Mono<Void>> closed = new AtomicReference<>(Mono.never());
      netty.withConnection(
          connection -> closed.set(FutureMono.from(connection.channel().closeFuture())));
      return closed.get();
    });
  }

  private static void write(Writing writing, OutputStream out) {
    try {
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException("the control plane is stopping"));
    }
  }

  /** Does the work on a virtual thread; refuses when every place is taken. */
  @Override
  public void execute(Runnable work) {
    if (!places.tryAcquire()) {
      throw full();
    }
    start(work);
  }

  private Refusal full() {
    return new Refusal(
        HttpStatus.SERVICE_UNAVAILABLE,
        "Too much is going on at once (" + name + "): try again in a few seconds.",
        Map.of("Retry-After", "5"));
  }

  /** Starts work whose place is taken already. */
  private void start(Runnable work) {
    try {
      threads.execute(() -> inPlace(work));
    } catch (RuntimeException e) {
      places.release();
      throw e;
    }
  }

  private void inPlace(Runnable work) {
    try {
      work.run();
    } finally {
      places.release();
    }
  }

  private static void interrupt(@Nullable Thread thread) {
    if (thread != null) {
      thread.interrupt();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      threads.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
