package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.UnsafeArchive;

/** Looks at a layer before it is packed. */
final class LayerCheck {
  private static final Pattern PORT = Pattern.compile("(?<![A-Za-z0-9_])PORT(?![A-Za-z0-9_])");
  private static final int LARGEST_TEXT = 256 * 1024; // bytes; what is larger is no program text
  private static final int MOST_FILES = 2_000;

  private LayerCheck() {}

  /** Refuses links that an engine would refuse, while it is still known whose they are. */
  static void links(Path layer, String what) throws BuildFailure, IOException {
    try (Stream<Path> files = Files.walk(layer)) {
      for (Iterator<Path> each = files.iterator(); each.hasNext(); ) {
        Path file = each.next();
        if (Files.isSymbolicLink(file)) {
          String name = layer.relativize(file).toString();
          TarReader.checkLink(name, Files.readSymbolicLink(file).toString());
        }
      }
    } catch (UnsafeArchive e) {
      throw BuildFailure.user(what + " cannot be packed: " + e.getMessage());
    }
  }

  /** Whether some file names the variable PORT, so that the program may listen where it says. */
  static boolean namesPort(Path code) throws IOException {
    try (Stream<Path> files = Files.walk(code)) {
      return files.limit(MOST_FILES).anyMatch(LayerCheck::isNamedIn);
    }
  }

  private static boolean isNamedIn(Path file) {
    try {
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          && !file.toString().endsWith(".pyc")
          && Files.size(file) <= LARGEST_TEXT
          && PORT.matcher(Files.readString(file, StandardCharsets.ISO_8859_1)).find();
    } catch (IOException e) {
      return false; // what cannot be read names nothing
    }
  }
}
