package lmnop.registry.names;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * The name of a function: a DNS label of at most 40 characters without {@code --}, and not one that
 * the platform keeps for itself.
 */
public record FunctionName(String value) {
  private static final int LONGEST = 40;
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  private static final Set<String> RESERVED =
      Set.of(
          "www",
          "api",
          "portal",
          "git",
          "scm",
          "admin",
          "system",
          "auth",
          "login",
          "registry",
          "mail",
          "localhost",
          "gateway",
          "function",
          "fn",
          "internal",
          "metrics",
          "health",
          "static",
          "assets",
          "docs",
          "status",
          "ns",
          "ns1",
          "ns2",
          "mx",
          "smtp",
          "imap",
          "ftp");

  public FunctionName {
    check("a function", value);
  }

  /** Throws {@link InvalidName} with words for the user unless the text may be a name. */
  static void check(String what, String value) {
    if (value.length() > LONGEST) {
      throw new InvalidName(
          "'%s' is not a name for %s: it has %d characters, at most %d are allowed"
              .formatted(value.substring(0, LONGEST) + "…", what, value.length(), LONGEST));
    }
    if (!LABEL.matcher(value).matches() || value.contains("--")) {
      throw new InvalidName(
          ("'%s' is not a name for %s: use a to z, 0 to 9 and single hyphens, beginning and"
                  + " ending with a letter or digit")
              .formatted(printable(value), what));
    }
    if (RESERVED.contains(value)) {
      throw new InvalidName("'%s' is kept for the platform: choose another name".formatted(value));
    }
  }

  private static String printable(String value) {
    return value.replaceAll("[^\\x20-\\x7e]", "?");
  }

  @Override
  public String toString() {
    return value;
  }
}
