package lmnop.controlplane.api;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.archive.Digest;
import lmnop.registry.names.InvalidName;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The object that a request sends. All that is wrong with it is said at once, by {@link #check}.
 */
final class JsonBody {
  private static final int LONGEST = 16 * 1024; // bytes
  private static final int LONGEST_TEXT = 300; // characters
  private static final int MOST_NAMES = 100;
  private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\p{Cs}]");
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode sent;
  private final byte[] bytes;
  private final Set<String> known = new LinkedHashSet<>();
  private final List<String> problems = new ArrayList<>();

  private JsonBody(JsonNode sent, byte[] bytes) {
    this.sent = sent;
    this.bytes = bytes;
  }

  /** Reads it; where nothing is sent it is an empty object. */
  static Mono<JsonBody> of(ServerRequest request) {
    return of(request, LONGEST);
  }

  /**
   * The same of one that may be longer.
   *
   * @param longest in bytes
   */
  static Mono<JsonBody> of(ServerRequest request, int longest) {
    return DataBufferUtils.join(request.bodyToFlux(DataBuffer.class), longest)
        .map(JsonBody::bytes)
        .onErrorMap(
            DataBufferLimitException.class,
            e ->
                new Refusal(
                    HttpStatus.CONTENT_TOO_LARGE,
                    "The body has more than the %d bytes that are taken.".formatted(longest)))
        .defaultIfEmpty(new byte[0])
        .map(bytes -> parse(request, bytes));
  }

  private static byte[] bytes(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }

  private static JsonBody parse(ServerRequest request, byte[] bytes) {
    if (bytes.length == 0) {
      return new JsonBody(JsonMapper.shared().createObjectNode(), bytes);
    }
    requireJson(request);
    try {
      JsonNode sent = STRICT.readTree(bytes);
      if (sent != null && sent.isObject()) {
        return new JsonBody(sent, bytes);
      }
    } catch (JacksonException e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST,
          "The body is no JSON: %s."
              .formatted(UNFIT.matcher(String.valueOf(e.getOriginalMessage())).replaceAll(" ")));
    }
    throw new Refusal(HttpStatus.BAD_REQUEST, "The body is no JSON object: it begins with '{'.");
  }

  private static void requireJson(ServerRequest request) {
    try {
      boolean json =
          request.headers().contentType().filter(MediaType.APPLICATION_JSON::includes).isPresent();
      if (json) {
        return;
      }
    } catch (InvalidMediaTypeException e) {
      throw notJson();
    }
    throw notJson();
  }

  private static Refusal notJson() {
    return new Refusal(
        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
        "Say that the body is JSON: Content-Type: application/json.");
  }

  /** What was sent, in one word. */
  Digest digest() {
    return Digest.of(bytes);
  }

  private @Nullable JsonNode member(String name) {
    known.add(name);
    JsonNode member = sent.get(name);
    return member == null || member.isNull() ? null : member;
  }

  /** A number that may be missing. */
  @Nullable Integer number(String name, int least, int most) {
    JsonNode member = member(name);
    if (member == null) {
      return null;
    }
    if (member.isInt() && member.intValue() >= least && member.intValue() <= most) {
      return member.intValue();
    }
    problems.add("'%s' is a number from %d to %d".formatted(name, least, most));
    return null;
  }

  /** A number that has to be there. */
  int requiredNumber(String name, int least, int most) {
    Integer number = number(name, least, most);
    if (number == null) {
      requireMember(name);
      return least;
    }
    return number;
  }

  /** A text that has to be there. */
  String requiredText(String name) {
    JsonNode member = member(name);
    if (member != null
        && member.isString()
        && !member.stringValue().isEmpty()
        && member.stringValue().length() <= LONGEST_TEXT
        && !UNFIT.matcher(member.stringValue()).find()) {
      return member.stringValue();
    }
    if (member != null) {
      problems.add("'%s' is a text of 1 to %d printable characters".formatted(name, LONGEST_TEXT));
    }
    requireMember(name);
    return "";
  }

  /** Whether something is sent under this name. */
  boolean has(String name) {
    return member(name) != null;
  }

  /** A text of any length and characters; null if it is not there. */
  @Nullable String longText(String name) {
    JsonNode member = member(name);
    if (member == null || member.isString()) {
      return member == null ? null : member.stringValue();
    }
    problems.add("'%s' is a text".formatted(name));
    return null;
  }

  /** Whether something is wanted; it is not if it is not there. */
  boolean flag(String name) {
    JsonNode member = member(name);
    if (member == null || member.isBoolean()) {
      return member != null && member.booleanValue();
    }
    problems.add("'%s' is true or false".formatted(name));
    return false;
  }

  /** A text that stands for a value of a type of its own, and has to be there. */
  <T> @Nullable T requiredValue(String name, Function<String, Optional<T>> type, String expected) {
    String text = requiredText(name);
    Optional<T> value = text.isEmpty() ? Optional.empty() : type.apply(text);
    if (value.isEmpty() && !text.isEmpty()) {
      problems.add("'%s' is '%s', %s is expected".formatted(name, text, expected));
    }
    return value.orElse(null);
  }

  /** A name; null if it is not there. */
  <T> @Nullable T name(String name, Function<String, T> type) {
    return member(name) == null ? null : named(name, requiredText(name), type);
  }

  /** Names, each once; null if they are not there. */
  <T> @Nullable List<T> names(String name, Function<String, T> type) {
    JsonNode member = member(name);
    if (member == null) {
      return null;
    }
    if (!member.isArray() || member.size() > MOST_NAMES) {
      problems.add("'%s' is a list of at most %d names".formatted(name, MOST_NAMES));
      return null;
    }
    List<T> names = new ArrayList<>();
    for (JsonNode one : member) {
      T value = named(name, one.isString() ? one.stringValue() : "", type);
      if (value != null && !names.contains(value)) {
        names.add(value);
      }
    }
    return names;
  }

  private <T> @Nullable T named(String member, String text, Function<String, T> type) {
    try {
      return type.apply(text);
    } catch (InvalidName e) {
      wrong(member, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** Something is wrong with a member. */
  void wrong(String name, String words) {
    problems.add("'%s': %s".formatted(name, UNFIT.matcher(words).replaceAll("?")));
  }

  private void requireMember(String name) {
    if (member(name) == null) {
      problems.add("'%s' is missing".formatted(name));
    }
  }

  /** Refuses the request if anything of it was wrong. */
  void check() {
    for (String name : sent.propertyNames()) {
      if (!known.contains(name)) {
        problems.add(
            "'%s' is not known here, %s"
                .formatted(
                    UNFIT.matcher(name.substring(0, Math.min(40, name.length()))).replaceAll("?"),
                    known.isEmpty() ? "nothing is" : "there are " + String.join(", ", known)));
      }
    }
    if (!problems.isEmpty()) {
      throw new Refusal(HttpStatus.BAD_REQUEST, String.join("; ", problems) + ".");
    }
  }
}
