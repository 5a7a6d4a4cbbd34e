package lmnop.controlplane.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that fails when more than so many bytes are read from it. */
final class LimitedStream extends FilterInputStream {
  private final long limit;
  private final String words;
  private long read;

  /**
   * A stream with a limit.
   *
   * @param words what the failure says
   */
  LimitedStream(InputStream in, long limit, String words) {
    super(in);
    this.limit = limit;
    this.words = words;
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    count(b < 0 ? 0 : 1);
    return b;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, length);
    count(count);
    return count;
  }

  private void count(int more) throws IOException {
    read += Math.max(0, more);
    if (read > limit) {
      throw new IOException(words);
    }
  }
}
