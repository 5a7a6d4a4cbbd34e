package lmnop.controlplane.web;

import io.r2dbc.spi.R2dbcException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.transaction.TransactionException;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one place where errors become answers: {@code application/problem+json}, plain text for git
 * and for clients of OpenFaaS, which show it to people, and a page for browsers.
 */
final class ErrorAnswers implements WebExceptionHandler {
  private static final Logger log = LoggerFactory.getLogger(ErrorAnswers.class);
  private static final List<String> FOR_PROGRAMS =
      List.of("/scm/", "/system/", "/async-function/"); // they show text as it is
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final @Nullable ErrorPage page;

  /**
   * The answers of a listener.
   *
   * @param page for browsers; null where none comes
   */
  ErrorAnswers(@Nullable ErrorPage page) {
    this.page = page;
  }

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    ServerHttpResponse response = exchange.getResponse();
    if (response.isCommitted()) {
      return Mono.error(failure);
    }
    Refusal refusal = refusal(exchange, failure);
    response.setStatusCode(refusal.status());
    refusal.headers().forEach(response.getHeaders()::set);
    Body body = body(exchange, refusal);
    response.getHeaders().setContentType(body.type());
    byte[] bytes = body.text().getBytes(StandardCharsets.UTF_8);
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(bytes)));
  }

  private record Body(MediaType type, String text) {
    static Body of(String subtype, String text) {
      return new Body(new MediaType("text", subtype, StandardCharsets.UTF_8), text);
    }
  }

  private Body body(ServerWebExchange exchange, Refusal refusal) {
    String path = exchange.getRequest().getPath().value();
    if (FOR_PROGRAMS.stream().anyMatch(path::startsWith)) {
      return Body.of("plain", refusal.words() + "\n");
    }
    return page != null
            && !path.startsWith("/api/")
            && Browsers.ask(exchange.getRequest().getHeaders())
        ? Body.of("html", page.of(ServerRequest.create(exchange, List.of()), refusal))
        : new Body(MediaType.APPLICATION_PROBLEM_JSON, json(refusal));
  }

  private static String json(Refusal refusal) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("title", refusal.status().getReasonPhrase());
    problem.put("status", refusal.status().value());
    problem.put("detail", refusal.words());
    return JSON.writeValueAsString(problem);
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
