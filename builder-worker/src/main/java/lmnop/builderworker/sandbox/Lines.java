package lmnop.builderworker.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Cuts a program's output into lines, as UTF-8. A carriage return ends a line too, so that progress
 * bars are seen; a line that is too long is cut and says so.
 */
final class Lines {
  static final int LONGEST = 4096; // bytes

  private final Consumer<String> lines;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private boolean cut;
  private boolean afterReturn;

  Lines(Consumer<String> lines) {
    this.lines = lines;
  }

  /** Reads to the end; every byte arrives when the program wrote its line's end. */
  void read(InputStream in) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    int count;
    while ((count = in.read(buffer)) >= 0) {
      for (int i = 0; i < count; i++) {
        take(buffer[i]);
      }
    }
    if (line.size() > 0) {
      end();
    }
  }

  private void take(byte b) {
    if (b == '\n' || b == '\r') {
      boolean secondHalf = b == '\n' && afterReturn;
      afterReturn = b == '\r';
      if (!secondHalf && (b == '\n' || line.size() > 0)) {
        end();
      }
      return;
    }
    afterReturn = false;
    if (line.size() < LONGEST) {
      line.write(b);
    } else {
      cut = true;
    }
  }

  private void end() {
    byte[] bytes = line.toByteArray();
    int length = cut ? wholeCharacters(bytes) : bytes.length;
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    lines.accept(cut ? text + " … (this line was cut after " + LONGEST + " bytes)" : text);
    line.reset();
    cut = false;
  }

  /** How many of the bytes are whole characters: a cut may have gone through the last one. */
  private static int wholeCharacters(byte[] bytes) {
    int start = bytes.length - 1;
    while (start > bytes.length - 4 && (bytes[start] & 0xc0) == 0x80) {
      start--;
    }
    int lead = bytes[start] & 0xff;
    int expected = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return start + expected > bytes.length ? start : bytes.length;
  }
}
