package lmnop.controlplane.backup;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarReader;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Reads a backup piece by piece; each is checked before anybody sees it. */
final class BackupReader {
  private static final Pattern NAME = Pattern.compile("(.{1,300})/([0-9]{8})\\.([0-9a-f]{64})");
  private static final int BUFFER = 1 << 20;

  /** Takes the sections of a backup in their order. */
  interface Sections {
    /** A section begins. */
    void begin(String section) throws IOException;

    /** The next piece of it. */
    void piece(byte[] content) throws IOException;

    /** It has no more. */
    void end() throws IOException;
  }

  private final Path file;
  private final Sections sections;
  private final Digest.Sink names = new Digest.Sink(OutputStream.nullOutputStream());
  private long pieces;
  private @Nullable String section;
  private int number;
  private boolean ended;

  private BackupReader(Path file, Sections sections) {
    this.file = file;
    this.sections = sections;
  }

  /**
   * Reads all of it.
   *
   * @throws Refused if anything of it is damaged or missing, also an IOException; what came before
   *     was given on already
   */
  static void read(Path file, Sections sections) throws IOException {
    BackupReader reader = new BackupReader(file, sections);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      TarReader.each(in, reader::take);
    }
    if (!reader.ended) {
      throw reader.damaged("its end is missing");
    }
  }

  private void take(TarArchiveEntry entry, InputStream content) throws IOException {
    Matcher name = NAME.matcher(entry.getName());
    if (ended || !entry.isFile() || !name.matches()) {
      throw damaged("'%s' does not belong into a backup".formatted(entry.getName()));
    }
    byte[] bytes = bytes(entry, content);
    if (!Digest.of(bytes).hex().equals(name.group(3))) {
      throw damaged("'%s' was changed".formatted(entry.getName()));
    }
    place(name.group(1), Integer.parseInt(name.group(2)), entry.getName());
    if (name.group(1).equals(BackupWriter.END)) {
      end(bytes);
    } else {
      names.write((entry.getName() + "\n").getBytes(StandardCharsets.UTF_8));
      pieces++;
      sections.piece(bytes);
    }
  }

  private byte[] bytes(TarArchiveEntry entry, InputStream content) throws IOException {
    if (entry.getSize() > BackupWriter.PIECE + BackupWriter.SLACK) {
      throw damaged("'%s' is larger than any piece".formatted(entry.getName()));
    }
    byte[] bytes = content.readAllBytes();
    if (bytes.length != entry.getSize()) {
      throw damaged("it is cut off in '%s'".formatted(entry.getName()));
    }
    return bytes;
  }

  private void place(String name, int at, String piece) throws IOException {
    boolean next = name.equals(section);
    if (at != (next ? number + 1 : 1)) {
      throw damaged("'%s' is not the piece that comes here".formatted(piece));
    }
    if (!next) {
      if (section != null) {
        sections.end();
      }
      if (!name.equals(BackupWriter.END)) {
        sections.begin(name);
      }
    }
    section = name;
    number = at;
  }

  private void end(byte[] bytes) {
    BackupWriter.End end;
    try {
      end = JsonMapper.shared().readValue(bytes, BackupWriter.End.class);
    } catch (JacksonException e) {
      throw damaged("its end cannot be read");
    }
    if (end.pieces() != pieces || !end.names().equals(names.digest().toString())) {
      throw damaged("it has %d pieces, and its end knows of %d".formatted(pieces, end.pieces()));
    }
    ended = true;
  }

  private Refused damaged(String how) {
    return damaged(file, how);
  }

  static Refused damaged(Path file, String how) {
    return new Refused("%s is no whole backup: %s. Nothing was restored.".formatted(file, how));
  }
}
