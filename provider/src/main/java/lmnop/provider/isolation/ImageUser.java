package lmnop.provider.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lmnop.provider.artifacts.Image;

/**
 * The user that an image names. Its name and home are what the image says; its number is the
 * instance's own, so that no two functions are ever the same user of the machine.
 *
 * @param entry the user's line in the image's {@code passwd}, or one that we made
 * @param others that file without it
 * @param groups all lines of the image's list of groups
 */
record ImageUser(List<String> entry, List<String> others, List<String> groups) {
  private static final int LARGEST = 1024 * 1024; // bytes that are read of such a file
  private static final int FIELDS = 7;
  private static final String ROOT = "0";

  static ImageUser of(Image image) throws IOException {
    String user = image.config().user().split(":", 2)[0];
    String wanted = user.isEmpty() ? ROOT : user;
    List<String> lines = lines(image, "/etc/passwd");
    List<String> entry =
        lines.stream()
            .map(line -> List.of(line.split(":", -1)))
            .filter(fields -> fields.size() == FIELDS)
            .filter(fields -> fields.get(0).equals(wanted) || fields.get(2).equals(wanted))
            .findFirst()
            .orElse(List.of("", "x", "", "", "", "/", "/bin/sh"));
    // Who is called root is expected to be able to do everything, so it stays somebody else.
    if (entry.get(0).isEmpty() || entry.get(2).equals(ROOT)) {
      List<String> ours = List.of("lmnop", "x", "", "", "lmnop", entry.get(5), "/bin/sh");
      return new ImageUser(ours, lines, lines(image, "/etc/group"));
    }
    String line = String.join(":", entry);
    return new ImageUser(
        entry,
        lines.stream().filter(other -> !other.equals(line)).toList(),
        lines(image, "/etc/group"));
  }

  private static List<String> lines(Image image, String file) throws IOException {
    Path path = Path.of(image.root() + image.mountPoint(file));
    try (InputStream in = Files.newInputStream(path)) {
      return new String(in.readNBytes(LARGEST), StandardCharsets.UTF_8).lines().toList();
    }
  }

  String home() {
    return entry.get(5);
  }

  /** Writes both files with the number that the user has on this machine. */
  void write(int uid, Path etc) throws IOException {
    String line =
        "%s:x:%d:%d:%s:%s:%s"
            .formatted(entry.get(0), uid, uid, entry.get(4), entry.get(5), entry.get(6));
    Files.writeString(etc.resolve("passwd"), text(others, line));
    Files.writeString(etc.resolve("group"), text(groups, "lmnop:x:" + uid + ":"));
  }

  private static String text(List<String> lines, String last) {
    return lines.isEmpty() ? last + "\n" : String.join("\n", lines) + "\n" + last + "\n";
  }
}
