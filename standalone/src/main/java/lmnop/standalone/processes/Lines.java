package lmnop.standalone.processes;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Cuts a stream into lines; a line without an end is cut, so that it fills no memory. */
public final class Lines {
  static final int LONGEST = 8192; // characters

  private Lines() {}

  /** Hands on every line until the stream ends. */
  public static void pump(InputStream stream, Consumer<String> sink) {
    StringBuilder line = new StringBuilder();
    char[] buffer = new char[4096];
    try (Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        for (int i = 0; i < n; i++) {
          if (buffer[i] == '\n' || line.length() == LONGEST) {
            sink.accept(line.toString());
            line.setLength(0);
          }
          if (buffer[i] != '\n' && buffer[i] != '\r') {
            line.append(buffer[i]);
          }
        }
      }
    } catch (IOException e) {
      sink.accept(line + "…"); // the process was ended in the middle of a line
      return;
    }
    if (!line.toString().isBlank()) {
      sink.accept(line.toString());
    }
  }
}
