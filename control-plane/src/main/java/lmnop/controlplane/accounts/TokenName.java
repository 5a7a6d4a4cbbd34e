package lmnop.controlplane.accounts;

import java.util.regex.Pattern;

/** What a token may be called. */
final class TokenName {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?");

  private TokenName() {}

  /** Refuses what is no name. */
  static void check(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new Refused(
          "'%s' is no name for a token: use a to z, 0 to 9 and hyphens, at most 40, as in ci."
              .formatted(name.replaceAll("[^\\x20-\\x7e]", "?")));
    }
  }
}
