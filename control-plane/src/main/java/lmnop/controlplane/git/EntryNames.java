package lmnop.controlplane.git;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names in a tree that some file system takes for another one, most of all for {@code .git}: there,
 * a checkout would write git's own configuration. Refused for everybody, because whoever clones may
 * have such a file system.
 */
public final class EntryNames {
  private static final int LONGEST = 255; // bytes, on every usual file system

  /** What HFS+ leaves out when it compares names. */
  private static final Pattern IGNORED =
      Pattern.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]");

  private static final Pattern GIT = Pattern.compile("\\.git|git~[0-9]+");
  private static final Pattern MODULES = Pattern.compile("\\.gitmodules|gitmod~[0-9]+");

  private EntryNames() {}

  /** What is wrong with the name of a file or folder, if anything. */
  public static Optional<String> problem(String name) {
    byte[] raw = name.getBytes(StandardCharsets.UTF_8);
    return problem(raw, 0, raw.length, false);
  }

  /** What is wrong with a name, if anything. */
  static Optional<String> problem(byte[] raw, int from, int to, boolean link) {
    String name = new String(raw, from, to - from, StandardCharsets.UTF_8);
    if (to - from > LONGEST) {
      return problem(name.substring(0, 60) + "…", "is longer than " + LONGEST + " bytes");
    }
    for (int i = from; i < to; i++) {
      boolean control = (raw[i] >= 0 && raw[i] < ' ') || raw[i] == 0x7f;
      if (control || raw[i] == '\\' || raw[i] == '/') {
        return problem(name, "has a slash, a backslash or a control character");
      }
    }
    String folded = folded(name);
    if (folded.isEmpty() || folded.equals(".") || folded.equals("..")) {
      return problem(name, "stands for another folder");
    }
    if (GIT.matcher(folded).matches()) {
      return problem(name, "stands for .git on some file systems");
    }
    if (link && MODULES.matcher(folded).matches()) {
      return problem(name, "is a link, and git follows it for submodules");
    }
    return Optional.empty();
  }

  private static Optional<String> problem(String name, String why) {
    return Optional.of("the name '%s' %s: rename it".formatted(visible(name), why));
  }

  /** The name as the least careful file system sees it: NTFS, and HFS+. */
  private static String folded(String name) {
    String folded = IGNORED.matcher(name).replaceAll("").toLowerCase(Locale.ROOT);
    int stream = folded.indexOf(':');
    if (stream >= 0) {
      folded = folded.substring(0, stream);
    }
    if (folded.equals(".") || folded.equals("..")) {
      return folded;
    }
    int end = folded.length();
    while (end > 0 && (folded.charAt(end - 1) == '.' || folded.charAt(end - 1) == ' ')) {
      end--;
    }
    return folded.substring(0, end);
  }

  /** The name with whatever cannot be seen as its number. */
  static String visible(String name) {
    StringBuilder text = new StringBuilder();
    name.codePoints()
        .forEach(c -> {
          if (c == '\\'
              || Character.isISOControl(c)
              || IGNORED.matcher(Character.toString(c)).matches()) {
            text.append("\\u%04x".formatted(c));
          } else {
            text.appendCodePoint(c);
          }
        });
    return text.toString();
  }
}
