package lmnop.controlplane.web;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads a request to its end before the answer goes, where that is not much: a small body that
 * nobody wanted, or the end of a request without one. A connection on which an answer overtakes the
 * end of its request hears nothing any more, and a client would send its next request there.
 */
final class UnreadBodies implements WebFilter {
  private static final long SMALL = 64 * 1024; // bytes
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    HttpHeaders headers = exchange.getRequest().getHeaders();
    long length = headers.getContentLength();
    boolean asksFirst = headers.getFirst(HttpHeaders.EXPECT) != null; // and sends none if refused
    boolean unknown = headers.getFirst(HttpHeaders.TRANSFER_ENCODING) != null;
    if (unknown || length > SMALL || asksFirst) {
      return chain.filter(exchange);
    }
    Watched request = new Watched(exchange.getRequest());
    ServerHttpResponse response = exchange.getResponse();
    response.beforeCommit(() -> length > 0 && isDone(response) ? Mono.empty() : request.drain());
    return chain.filter(exchange.mutate().request(request).build());
  }

  /** A body that is wanted may be read while the answer goes. */
  private static boolean isDone(ServerHttpResponse response) {
    HttpStatusCode status = response.getStatusCode();
    return status == null || status.is2xxSuccessful();
  }

  private static final class Watched extends ServerHttpRequestDecorator {
    private final AtomicBoolean read = new AtomicBoolean();

    Watched(ServerHttpRequest request) {
      super(request);
    }

    @Override
    public Flux<DataBuffer> getBody() {
      return super.getBody().doOnSubscribe(subscription -> read.set(true));
    }

    /** Nothing is left to be done where somebody has read it, or the client does not send it. */
    Mono<Void> drain() {
      return read.get()
          ? Mono.empty()
          : super.getBody()
              .map(DataBufferUtils::release) // mapped, for what is left out is released once more
              .then()
              .timeout(PATIENCE)
              .onErrorComplete();
    }
  }
}
