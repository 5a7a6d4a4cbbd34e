package lmnop.controlplane.gateway;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.web.Refusal;
import lmnop.providerapi.Wire;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/**
 * One request, read to its end.
 *
 * @param name what stands for {@code {name}} in the path; empty where it has none
 */
record GatewayCall(Actor actor, String name, MultiValueMap<String, String> query, String body) {
  /** Of a path that ends in a name. */
  static final String NAME = "name";

  private static final int LONGEST = 2 * 1024 * 1024; // bytes: a secret of 1 MiB in base64 fits

  static Mono<GatewayCall> of(ServerRequest request) {
    Actor actor = Actor.of(request);
    MultiValueMap<String, String> query = query(request);
    String name = request.pathVariables().getOrDefault(NAME, "");
    return DataBufferUtils.join(request.bodyToFlux(DataBuffer.class), LONGEST)
        .map(GatewayCall::text)
        .onErrorMap(
            DataBufferLimitException.class,
            e ->
                new Refusal(
                    HttpStatus.CONTENT_TOO_LARGE,
                    "The body has more than the %d bytes that are taken.".formatted(LONGEST)))
        .defaultIfEmpty("")
        .map(body -> new GatewayCall(actor, name, query, body));
  }

  private static MultiValueMap<String, String> query(ServerRequest request) {
    try {
      return request.queryParams();
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "The query cannot be decoded: after each % stand two digits.");
    }
  }

  private static String text(DataBuffer buffer) {
    String text = buffer.toString(StandardCharsets.UTF_8);
    DataBufferUtils.release(buffer);
    return text;
  }

  /** The object that was sent. */
  <T> T sent(Class<T> type) {
    try {
      return Wire.read(body, type);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST,
          "The body is not the JSON expected: %s.".formatted(e.getMessage()));
    }
  }

  /** A parameter of the query, the last if it is there several times; empty if it is not. */
  String parameter(String key) {
    List<String> values = query.get(key);
    return values == null ? "" : Objects.requireNonNullElse(values.getLast(), "");
  }

  /** The namespace: in the body, else in the query; null if in neither. */
  @Nullable String namespace(@Nullable String inBody) {
    String named = inBody == null || inBody.isEmpty() ? parameter("namespace") : inBody;
    return named.isEmpty() ? null : named;
  }

  /** A name that has to be there. */
  static FunctionName function(@Nullable String name, String field) {
    try {
      return new FunctionName(required(name, field));
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "'%s': %s.".formatted(field, e.getMessage()));
    }
  }

  static String required(@Nullable String value, String field) {
    if (value == null || value.isBlank()) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "'%s' is missing.".formatted(field));
    }
    return value;
  }

  /** A number of the query. */
  int number(String key, int otherwise) {
    String text = parameter(key);
    try {
      return text.isEmpty() ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw unfit(key, text, "a number");
    }
  }

  /** A moment of the query; null if it is not there. */
  @Nullable Instant moment(String key) {
    String text = parameter(key);
    try {
      return text.isEmpty() ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw unfit(key, text, "a time like 2026-01-31T12:00:00Z");
    }
  }

  /** Whether a parameter of the query says yes, in the words that OpenFaaS takes. */
  boolean flag(String key) {
    return List.of("1", "t", "true").contains(parameter(key).toLowerCase(java.util.Locale.ROOT));
  }

  private static Refusal unfit(String key, String text, String expected) {
    return new Refusal(
        HttpStatus.UNPROCESSABLE_CONTENT,
        "could not parse the log request: %s is '%s', %s is expected"
            .formatted(key, text, expected),
        Map.of());
  }
}
