package lmnop.operations.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The SHA-256 of some bytes, which is their name; written {@code sha256:<hex>}.
 *
 * @param hex 64 lower-case hexadecimal digits, so that it is also safe as a file name
 */
public record Digest(String hex) {
  private static final String PREFIX = "sha256:";
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public Digest {
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          "'" + hex + "' is not a SHA-256: 64 hexadecimal digits are expected");
    }
  }

  /** Reads {@code sha256:<hex>}. */
  public static Digest parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException("'" + text + "' is not a digest: sha256:… is expected");
    }
    return new Digest(text.substring(PREFIX.length()));
  }

  /** The digest of the given bytes. */
  public static Digest of(byte[] bytes) {
    return new Digest(HexFormat.of().formatHex(sha256().digest(bytes)));
  }

  /** The digest of the given text in UTF-8. */
  public static Digest of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The digest of a file's content. */
  public static Digest ofFile(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        Sink sink = new Sink(OutputStream.nullOutputStream())) {
      in.transferTo(sink);
      return sink.digest();
    }
  }

  @Override
  public String toString() {
    return PREFIX + hex;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Passes bytes on, counts them and takes their digest. */
  public static final class Sink extends OutputStream {
    private final OutputStream out;
    private final MessageDigest sha256 = sha256();
    private long count;

    public Sink(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      sha256.update((byte) b);
      count++;
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      sha256.update(bytes, offset, length);
      count += length;
      out.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }

    /** How many bytes were written. */
    public long count() {
      return count;
    }

    /** The digest of all that was written; the sink starts again from nothing. */
    public Digest digest() {
      return new Digest(HexFormat.of().formatHex(sha256.digest()));
    }
  }
}
