package lmnop.provider.artifacts;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import lmnop.operations.archive.Digest;

/** A stream that takes the digest of what is read through it. Closing leaves the source open. */
final class HashingInput extends InputStream {
  private static final long LONGEST_PADDING = 16L * 1024 * 1024; // bytes after a tar's end

  private final InputStream in;
  private final Digest.Sink sink = new Digest.Sink(OutputStream.nullOutputStream());

  HashingInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    if (b >= 0) {
      sink.write(b);
    }
    return b;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, length);
    if (count > 0) {
      sink.write(buffer, offset, count);
    }
    return count;
  }

  /** Reads what is left after the end of a tar: its padding. */
  void drain() throws IOException {
    long start = sink.count();
    byte[] buffer = new byte[8192];
    while (read(buffer, 0, buffer.length) >= 0) {
      if (sink.count() - start > LONGEST_PADDING) {
        throw new IOException("there is more after the end of a tar than padding");
      }
    }
  }

  /** Refuses what is not what its name says; call it once, at the end. */
  void require(Digest expected, String what) throws IOException {
    Digest found = sink.digest();
    if (!found.equals(expected)) {
      throw new IOException("%s has the digest %s, not %s".formatted(what, found, expected));
    }
  }
}
