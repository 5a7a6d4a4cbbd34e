package lmnop.registry.table;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Takes values one after the other; {@link ByteSource} gives them back in the same order. */
final class ByteSink {
  /** Texts that most entries have: one byte each. */
  static final List<String> USUAL = List.of("", "/", "default", "http", "http1", "h2c", "https");

  static final int NO_TEXT = 0;
  static final int FIRST_LENGTH = 1 + USUAL.size();

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);

  /** Seven bits in each byte, the lowest first; a small number takes one. */
  void number(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  void integer(int value) {
    number(value);
  }

  void truth(boolean value) {
    bytes.write(value ? 1 : 0);
  }

  void choice(Enum<?> value) {
    text(value.name());
  }

  void text(@Nullable String text) {
    int usual = text == null ? -1 : USUAL.indexOf(text);
    if (text == null) {
      integer(NO_TEXT);
    } else if (usual >= 0) {
      integer(1 + usual);
    } else {
      byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
      integer(FIRST_LENGTH + encoded.length);
      bytes.writeBytes(encoded);
    }
  }

  <T> void optional(@Nullable T value, BiConsumer<ByteSink, T> write) {
    truth(value != null);
    if (value != null) {
      write.accept(this, value);
    }
  }

  <T> void list(List<T> values, BiConsumer<ByteSink, T> write) {
    integer(values.size());
    values.forEach(value -> write.accept(this, value));
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
