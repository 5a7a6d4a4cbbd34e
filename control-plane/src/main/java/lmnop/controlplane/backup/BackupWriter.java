package lmnop.controlplane.backup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a backup: a tar whose members are pieces of sections. A piece's name ends with its number
 * and its SHA-256, so each is whole by itself; the last one counts them and has the digest of all
 * names, so none is missing and nothing is cut off. Nothing but one piece is in memory.
 */
final class BackupWriter {
  /** The largest piece, before it is packed. */
  static final int PIECE = 4 << 20;

  /** What packing may add to one that cannot be packed. */
  static final int SLACK = 64 << 10;

  /** The section that a backup ends with. */
  static final String END = "end";

  /**
   * What the end says.
   *
   * @param pieces how many come before it
   * @param names the digest of their names, each with a line's end
   */
  record End(long pieces, String names) {}

  private final TarWriter tar;
  private final Digest.Sink names = new Digest.Sink(OutputStream.nullOutputStream());
  private long pieces;

  BackupWriter(OutputStream out) {
    this.tar = new TarWriter(out);
  }

  /** A section that is written by and by, and ends when it is closed. */
  OutputStream section(String name) {
    return new Section(name, false);
  }

  /**
   * The same, with each piece packed by gzip; pieces one after the other are a file of gzip too.
   */
  OutputStream packedSection(String name) {
    return new Section(name, true);
  }

  /** A section that is a JSON object. */
  void json(String name, Object content) throws IOException {
    try (OutputStream out = section(name)) {
      out.write(JsonMapper.shared().writeValueAsBytes(content));
    }
  }

  /** A section that is there already. */
  void copy(String name, InputStream content) throws IOException {
    try (OutputStream out = section(name)) {
      content.transferTo(out);
    }
  }

  /** Writes the end; without it the file counts as cut off. */
  void end() throws IOException {
    json(END, new End(pieces, names.digest().toString()));
    tar.close();
  }

  private void piece(String section, int number, byte[] content) throws IOException {
    String name = "%s/%08d.%s".formatted(section, number, Digest.of(content).hex());
    tar.file(name, false, content);
    names.write((name + "\n").getBytes(StandardCharsets.UTF_8));
    pieces++;
  }

  private static byte[] packed(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    }
    return bytes.toByteArray();
  }

  private final class Section extends OutputStream {
    private final String name;
    private final boolean packed;
    private final byte[] buffer = new byte[PIECE];
    private int length;
    private int number;

    Section(String name, boolean packed) {
      this.name = name;
      this.packed = packed;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      int done = 0;
      while (done < count) {
        if (length == PIECE) {
          emit();
        }
        int some = Math.min(PIECE - length, count - done);
        System.arraycopy(bytes, offset + done, buffer, length, some);
        length += some;
        done += some;
      }
    }

    private void emit() throws IOException {
      byte[] content = Arrays.copyOf(buffer, length);
      piece(name, ++number, packed ? packed(content) : content);
      length = 0;
    }

    /** An empty section has one empty piece. */
    @Override
    public void close() throws IOException {
      if (length > 0 || number == 0) {
        emit();
      }
    }
  }
}
