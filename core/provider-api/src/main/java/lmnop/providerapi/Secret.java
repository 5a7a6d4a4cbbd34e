package lmnop.providerapi;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A secret of a namespace, which functions find as a file (POST and PUT {@code /system/secrets}).
 *
 * @param value the secret as text
 * @param rawValue the secret as bytes; wins over {@code value} when it is not empty
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SuppressWarnings("ArrayRecordComponent") // the wire has bytes, and nobody compares secrets
public record Secret(
    String name, @Nullable String namespace, @Nullable String value, byte @Nullable [] rawValue) {

  /** A secret of text. */
  public static Secret of(String name, String namespace, String value) {
    return new Secret(name, namespace, value, null);
  }

  /** What the file holds. */
  public byte[] content() {
    if (rawValue != null && rawValue.length > 0) {
      return rawValue.clone();
    }
    return value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "Secret[%s/%s, hidden]".formatted(namespace, name);
  }
}
