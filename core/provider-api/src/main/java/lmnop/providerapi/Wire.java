package lmnop.providerapi;

import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The provider API's JSON, written exactly and read tolerantly: servers leave out what is zero or
 * empty, and add fields of their own.
 */
public final class Wire {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  private Wire() {}

  /** Writes one value. */
  public static String write(Object value) {
    return JSON.writeValueAsString(value);
  }

  /** Reads one value; the exception's message says what does not fit. */
  public static <T> T read(String json, Class<T> type) {
    T value = parse(json, type);
    if (value == null) {
      throw new IllegalArgumentException("expected a JSON object and got null");
    }
    return value;
  }

  /** Reads a list; {@code null} and nothing at all are empty lists. */
  public static <T> List<T> readList(String json, Class<T> type) {
    if (json.isBlank()) {
      return List.of();
    }
    try {
      List<T> values =
          JSON.readValue(json, JSON.getTypeFactory().constructCollectionType(List.class, type));
      return values == null ? List.of() : List.copyOf(values);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(explain(e), e);
    }
  }

  static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(explain(e), e);
    }
  }

  static <T> T convert(JsonNode node, Class<T> type) {
    return JSON.convertValue(node, type);
  }

  @SuppressWarnings("NullAway") // Jackson gives null for a JSON null; read() refuses it
  private static <T> T parse(String json, Class<T> type) {
    try {
      return JSON.readValue(json, type);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(explain(e), e);
    }
  }

  private static String explain(JacksonException e) {
    String at =
        e.getLocation() == null
            ? ""
            : " (line %d, column %d)"
                .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    return e.getOriginalMessage() + at;
  }
}
