package lmnop.controlplane.logs;

import java.io.IOException;

/** Takes lines as they come; one that fails has gone, and gets no more. */
public interface LineSink {
  /** Takes the next line. */
  void line(PrintedLine line) throws IOException;

  /** No line came for a while, or none comes before others. */
  void nothing() throws IOException;
}
