package lmnop.controlplane.web;

import io.r2dbc.spi.R2dbcException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.transaction.TransactionException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one place where errors become answers: {@code application/problem+json}, and plain text for
 * git, for clients of OpenFaaS and for browsers, which show it to people.
 */
final class ErrorAnswers implements WebExceptionHandler {
  private static final Logger log = LoggerFactory.getLogger(ErrorAnswers.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    ServerHttpResponse response = exchange.getResponse();
    if (response.isCommitted()) {
      return Mono.error(failure);
    }
    Refusal refusal = refusal(exchange, failure);
    response.setStatusCode(refusal.status());
    refusal.headers().forEach(response.getHeaders()::set);
    boolean text = isReadByPeople(exchange.getRequest());
    response
        .getHeaders()
        .setContentType(
            text
                ? new MediaType("text", "plain", StandardCharsets.UTF_8)
                : MediaType.APPLICATION_PROBLEM_JSON);
    byte[] body = text ? (refusal.words() + "\n").getBytes(StandardCharsets.UTF_8) : json(refusal);
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
  }

  /** Git shows what it gets to the user, and so do faas-cli and a browser. */
  private static boolean isReadByPeople(ServerHttpRequest request) {
    String path = request.getPath().value();
    return path.startsWith("/scm/")
        || path.startsWith("/system/")
        || request.getHeaders().getOrEmpty(HttpHeaders.ACCEPT).stream()
            .anyMatch(accepted -> accepted.contains(MediaType.TEXT_HTML_VALUE));
  }

  private static byte[] json(Refusal refusal) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("title", refusal.status().getReasonPhrase());
    problem.put("status", refusal.status().value());
    problem.put("detail", refusal.words());
    return JSON.writeValueAsBytes(problem);
  }

  private static Refusal refusal(ServerWebExchange exchange, Throwable failure) {
    return switch (failure) {
      case Refusal refusal -> refusal;
      case ResponseStatusException known ->
          new Refusal(status(known.getStatusCode()), words(known));
      case DataBufferLimitException _ ->
          new Refusal(
              HttpStatus.CONTENT_TOO_LARGE, "A form may hold 256 KiB at most: send less at once.");
      case R2dbcException _, DataAccessException _, TransactionException _ -> {
        log.warn(
            "{}: the database failed: {}", exchange.getRequest().getPath(), failure.toString());
        yield new Refusal(
            HttpStatus.SERVICE_UNAVAILABLE,
            "The database does not answer: try again in a moment.",
            Map.of("Retry-After", "2"));
      }
      default -> {
        String id = UUID.randomUUID().toString().substring(0, 8);
        log.error("{}: error {}", exchange.getRequest().getPath(), id, failure);
        yield new Refusal(
            HttpStatus.INTERNAL_SERVER_ERROR,
            "Something went wrong here, and it is not your fault. The log says more under error "
                + id
                + ".");
      }
    };
  }

  private static HttpStatus status(HttpStatusCode code) {
    HttpStatus known = HttpStatus.resolve(code.value());
    return known == null ? HttpStatus.INTERNAL_SERVER_ERROR : known;
  }

  private static String words(ResponseStatusException known) {
    String reason = known.getReason();
    return reason == null ? status(known.getStatusCode()).getReasonPhrase() : reason;
  }
}
