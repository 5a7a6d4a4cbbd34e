package lmnop.controlplane.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.eclipse.jgit.transport.ServiceMayNotContinueException;

/**
 * Refuses in words to deepen a clone by a number of commits, which JGit answers with an internal
 * error. It reads each line of a request by itself, so this sees the line as it is read.
 */
final class NoRelativeDepth extends FilterInputStream {
  private static final String ASKED = "deepen-relative";

  NoRelativeDepth(InputStream in) {
    super(in);
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = super.read(buffer, offset, length);
    if ((read == ASKED.length() || read == ASKED.length() + 1)
        && new String(buffer, offset, read, StandardCharsets.US_ASCII).strip().equals(ASKED)) {
      throw new ServiceMayNotContinueException(
          "this server cannot deepen a clone by a number of commits: say how deep it shall be with"
              + " --depth, or use --unshallow");
    }
    return read;
  }
}
