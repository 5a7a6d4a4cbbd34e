package lmnop.registry.table;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A snapshot as a text file: a line that names the format, a line about the whole, a line for each
 * entry, and the SHA-256 of all of them.
 */
final class SnapshotFormat {
  private static final String FIRST_LINE = "lmnop routes, format 1\n";
  private static final String SUM = "sha256 ";
  private static final int LAST_LINE = SUM.length() + 64 + 1;

  private record About(String history, long number, long asOfMillis) {}

  private record Line(
      @Nullable String host, @Nullable String owner, @Nullable String name, HostRoutes routes) {
    static Line of(RouteKey key, HostRoutes routes) {
      return switch (key) {
        case RouteKey.Host host -> new Line(host.name(), null, null, routes);
        case RouteKey.Named named -> new Line(null, named.owner(), named.name(), routes);
      };
    }

    RouteSnapshot.Entry entry() throws SnapshotRefused {
      if (host != null) {
        return new RouteSnapshot.Entry(new RouteKey.Host(host), routes);
      }
      if (owner == null || name == null) {
        throw new SnapshotRefused("an entry has neither a host nor a name");
      }
      return new RouteSnapshot.Entry(new RouteKey.Named(owner, name), routes);
    }
  }

  private SnapshotFormat() {}

  /**
   * Writes a snapshot, and stops before the entry that would make it larger than allowed.
   *
   * @return how many entries it holds
   */
  static int write(
      OutputStream file,
      String history,
      long number,
      Instant asOf,
      Map<RouteKey, PackedRoutes> entries,
      long limitBytes)
      throws IOException {
    DigestOutputStream summed = new DigestOutputStream(new BufferedOutputStream(file), sha256());
    summed.write(FIRST_LINE.getBytes(StandardCharsets.UTF_8));
    byte[] about = line(new About(history, number, asOf.toEpochMilli()));
    summed.write(about);
    long left = limitBytes - FIRST_LINE.length() - about.length - LAST_LINE;
    int written = 0;
    for (Map.Entry<RouteKey, PackedRoutes> entry : entries.entrySet()) {
      byte[] line = line(Line.of(entry.getKey(), entry.getValue().unpack()));
      left -= line.length;
      if (left < 0) {
        break;
      }
      summed.write(line);
      written++;
    }
    String sum = HexFormat.of().formatHex(summed.getMessageDigest().digest());
    summed.on(false);
    summed.write((SUM + sum + "\n").getBytes(StandardCharsets.UTF_8));
    summed.flush();
    return written;
  }

  private static byte[] line(Object value) {
    return (DatabaseRoutes.JSON.writeValueAsString(value) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Reads a snapshot; refuses what is not exactly what was written. */
  static RouteSnapshot read(Path file, long limitBytes) throws IOException, SnapshotRefused {
    long size = Files.size(file);
    if (size > limitBytes) {
      throw new SnapshotRefused("it has " + size + " bytes, and " + limitBytes + " are allowed");
    }
    if (size < FIRST_LINE.length() + LAST_LINE) {
      throw new SnapshotRefused("it ends after " + size + " bytes");
    }
    checkSum(file, size - LAST_LINE);
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      return parse(reader);
    } catch (JacksonException | NullPointerException e) {
      throw new SnapshotRefused("a line is not understood: " + e.getMessage());
    }
  }

  private static void checkSum(Path file, long length) throws IOException, SnapshotRefused {
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] piece = new byte[65_536];
      long left = length;
      while (left > 0) {
        int read = in.read(piece, 0, (int) Math.min(piece.length, left));
        if (read < 0) {
          throw new SnapshotRefused("it became shorter while it was read");
        }
        digest.update(piece, 0, read);
        left -= read;
      }
      String expected = SUM + HexFormat.of().formatHex(digest.digest()) + "\n";
      String found = new String(in.readNBytes(LAST_LINE), StandardCharsets.ISO_8859_1);
      if (!found.equals(expected)) {
        throw new SnapshotRefused("its checksum does not fit its content");
      }
    }
  }

  private static RouteSnapshot parse(BufferedReader reader) throws IOException, SnapshotRefused {
    String first = reader.readLine();
    if (first == null || !(first + "\n").equals(FIRST_LINE)) {
      throw new SnapshotRefused("its format is '" + first + "', and this router reads format 1");
    }
    About about = DatabaseRoutes.JSON.readValue(reader.readLine(), About.class);
    List<RouteSnapshot.Entry> entries = new ArrayList<>();
    for (String line = reader.readLine();
        line != null && !line.startsWith(SUM);
        line = reader.readLine()) {
      entries.add(DatabaseRoutes.JSON.readValue(line, Line.class).entry());
    }
    return new RouteSnapshot(
        about.history(), about.number(), Instant.ofEpochMilli(about.asOfMillis()), entries);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
