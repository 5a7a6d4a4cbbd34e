package lmnop.controlplane.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;
import lmnop.registry.names.InvalidName;

/**
 * A place in a list, as callers hand it back.
 *
 * @param last what the page before ended with
 */
record Cursor(String last) {
  private static final Pattern PLAIN = Pattern.compile("[!-~]{1,300}");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
  private static final String EXPECTED = "it is no cursor: take 'next' of the page before";

  /** Reads what {@link #toString} wrote. */
  static Cursor parse(String text) {
    try {
      String last = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.ISO_8859_1);
      if (PLAIN.matcher(last).matches()) {
        return new Cursor(last);
      }
    } catch (IllegalArgumentException e) {
      throw new InvalidName(EXPECTED);
    }
    throw new InvalidName(EXPECTED);
  }

  /** The number that the page before ended with. */
  long number() {
    if (!NUMBER.matcher(last).matches()) {
      throw new InvalidName(EXPECTED);
    }
    return Long.parseLong(last);
  }

  @Override
  public String toString() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(last.getBytes(StandardCharsets.ISO_8859_1));
  }
}
