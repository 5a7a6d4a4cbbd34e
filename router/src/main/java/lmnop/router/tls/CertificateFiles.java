package lmnop.router.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pairs of files in a directory: {@code name.pem}, {@code .crt} or {@code .cert} with {@code
 * name.key}, and folders as certbot and Kubernetes make them: {@code fullchain.pem} with {@code
 * privkey.pem}, {@code tls.crt} with {@code tls.key}.
 */
final class CertificateFiles {
  private static final List<String> ENDINGS = List.of(".pem", ".crt", ".cert");
  private static final Map<String, String> WELL_KNOWN =
      Map.of("fullchain.pem", "privkey.pem", "tls.crt", "tls.key");

  /**
   * A certificate with its key.
   *
   * @param chain the certificate and those that vouch for it, as PEM
   */
  record Pair(Path chain, Path key) {
    /** Changes whenever one of the two files does. */
    String version() throws IOException {
      return version(chain) + " " + version(key);
    }

    private static String version(Path file) throws IOException {
      return file + "@" + Files.getLastModifiedTime(file) + "#" + Files.size(file);
    }
  }

  private CertificateFiles() {}

  /** Finds all pairs in a directory and one level below it, in the order of their names. */
  static List<Pair> in(Path directory) throws IOException {
    List<Pair> pairs = new ArrayList<>(pairs(directory));
    try (Stream<Path> below = Files.list(directory)) {
      for (Path folder : below.filter(Files::isDirectory).sorted().toList()) {
        if (!String.valueOf(folder.getFileName()).startsWith("..")) { // Kubernetes' own
          pairs.addAll(pairs(folder));
        }
      }
    }
    return pairs;
  }

  private static List<Pair> pairs(Path folder) throws IOException {
    Map<Path, Pair> byKey = new HashMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        Path key = keyOf(file);
        if (key != null && Files.isRegularFile(key)) {
          byKey.putIfAbsent(key, new Pair(file, key));
        }
      }
    }
    return byKey.values().stream().sorted((a, b) -> a.chain().compareTo(b.chain())).toList();
  }

  private static @Nullable Path keyOf(Path file) {
    String name = String.valueOf(file.getFileName());
    String known = WELL_KNOWN.get(name);
    if (known != null) {
      return file.resolveSibling(known);
    }
    for (String ending : ENDINGS) {
      if (name.endsWith(ending)) {
        return file.resolveSibling(name.substring(0, name.length() - ending.length()) + ".key");
      }
    }
    return null;
  }
}
