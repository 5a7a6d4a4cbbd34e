package lmnop.controlplane.backup;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import lmnop.controlplane.git.RepositoryCopies;
import org.jspecify.annotations.Nullable;

/**
 * Where the refs of all repositories were before the moment of a backup. They are in a file, in the
 * order of the repositories' numbers, and are asked for in that order.
 */
final class EarlierRefs implements AutoCloseable {
  private final Path file;
  private final BufferedReader lines;
  private String @Nullable [] next;

  private EarlierRefs(Path file) throws IOException {
    this.file = file;
    this.lines = Files.newBufferedReader(file, StandardCharsets.UTF_8);
    this.next = read();
  }

  /** Reads them all now. */
  static EarlierRefs of(RepositoryCopies copies, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      for (long id : copies.all()) {
        if (!copies.isBeingMade(id)) {
          for (Map.Entry<String, String> ref : copies.refs(id).entrySet()) {
            out.write("%d %s %s\n".formatted(id, ref.getValue(), ref.getKey()));
          }
        }
      }
    }
    return new EarlierRefs(file);
  }

  private String @Nullable [] read() throws IOException {
    String line = lines.readLine();
    return line == null ? null : line.split(" ", 3); // a ref's name has no blank
  }

  /** Those of a repository, whose number is higher than that of the one asked for before. */
  Map<String, String> of(long repository) throws IOException {
    Map<String, String> refs = new TreeMap<>();
    String[] line = next;
    while (line != null && Long.parseLong(line[0]) <= repository) {
      if (Long.parseLong(line[0]) == repository) {
        refs.put(line[2], line[1]);
      }
      line = read();
    }
    next = line;
    return refs;
  }

  @Override
  public void close() throws IOException {
    lines.close();
    Files.deleteIfExists(file);
  }
}
