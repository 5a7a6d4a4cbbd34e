package lmnop.registry.table;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives back what a {@link ByteSink} took. */
final class ByteSource {
  private final byte[] bytes;
  private int next;

  ByteSource(byte[] bytes) {
    this.bytes = bytes;
  }

  long number() {
    long value = 0;
    int shift = 0;
    byte part = bytes[next++];
    while (part < 0) {
      value |= (part & 0x7FL) << shift;
      shift += 7;
      part = bytes[next++];
    }
    return value | (long) part << shift;
  }

  int integer() {
    return (int) number();
  }

  boolean truth() {
    return bytes[next++] != 0;
  }

  String text() {
    return Objects.requireNonNull(optionalText());
  }

  @Nullable String optionalText() {
    int code = integer();
    if (code == ByteSink.NO_TEXT) {
      return null;
    }
    if (code < ByteSink.FIRST_LENGTH) {
      return ByteSink.USUAL.get(code - 1);
    }
    int length = code - ByteSink.FIRST_LENGTH;
    String text = new String(bytes, next, length, StandardCharsets.UTF_8);
    next += length;
    return text;
  }

  <T> @Nullable T optional(Function<ByteSource, T> read) {
    return truth() ? read.apply(this) : null;
  }

  <T> List<T> list(Function<ByteSource, T> read) {
    int size = integer();
    if (size == 0) {
      return List.of();
    }
    if (size == 1) {
      return List.of(read.apply(this));
    }
    List<T> values = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      values.add(read.apply(this));
    }
    return List.copyOf(values);
  }
}
