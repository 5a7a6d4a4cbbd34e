package lmnop.controlplane.git;

import java.io.IOException;
import java.util.List;

/**
 * A commit that cannot be deployed as it is. The message says so in a few words; the lines say what
 * to do.
 */
public final class SourceRefused extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> lines;

  public SourceRefused(String message) {
    this(message, List.of());
  }

  SourceRefused(String message, List<String> lines) {
    super(message);
    this.lines = List.copyOf(lines);
  }

  List<String> lines() {
    return lines;
  }
}
