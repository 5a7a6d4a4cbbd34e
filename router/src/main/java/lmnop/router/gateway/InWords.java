package lmnop.router.gateway;

import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.GATEWAY_ROUTE_ATTR;

import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** A failure on the way to a target, in words instead of a stack trace. */
final class InWords implements WebExceptionHandler {
  private static final Logger log = LoggerFactory.getLogger(InWords.class);

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    ServerHttpResponse response = exchange.getResponse();
    if (response.isCommitted()) {
      return Mono.error(failure); // the answer has begun: its end must look broken
    }
    Route route = exchange.getAttribute(GATEWAY_ROUTE_ATTR);
    String id = route == null ? "" : route.getId();
    HttpStatusCode status =
        failure instanceof ResponseStatusException known
            ? known.getStatusCode()
            : HttpStatus.BAD_GATEWAY;
    if (status.is5xxServerError()) {
      log.warn("the target of the gateway route '{}' did not answer: {}", id, failure.toString());
    }
    response.setStatusCode(status);
    response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
    response.getHeaders().set("X-OpenFaaS-Internal", "router");
    byte[] words = words(id, status).getBytes(StandardCharsets.UTF_8);
    return response.writeWith(Mono.just(response.bufferFactory().wrap(words)));
  }

  private static String words(String route, HttpStatusCode status) {
    if (status.value() == HttpStatus.NOT_FOUND.value()) {
      return "No gateway route takes this request.\n";
    }
    if (route.equals(Gateway.PORTAL)) {
      return "The control plane does not answer at the moment; functions are served as before.\n";
    }
    if (status.is4xxClientError()) {
      return "The gateway route '%s' does not take this request.\n".formatted(route);
    }
    return status.value() == HttpStatus.GATEWAY_TIMEOUT.value()
        ? "The target of the gateway route '%s' did not answer in time.\n".formatted(route)
        : "The target of the gateway route '%s' does not answer.\n".formatted(route);
  }
}
