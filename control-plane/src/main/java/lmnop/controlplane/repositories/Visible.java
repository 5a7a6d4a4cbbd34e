package lmnop.controlplane.repositories;

import java.util.regex.Pattern;

/** Text of strangers as people read it: what cannot be seen, or turns the text round, is named. */
public final class Visible {
  /** Controls, and what changes the direction of what follows or takes no room. */
  private static final Pattern HIDDEN =
      Pattern.compile("[\\p{Cc}&&[^\\t\\n]]|[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]");

  private Visible() {}

  /** The text with the numbers of such characters in their place; lines stay lines. */
  public static String of(String text) {
    return HIDDEN
        .matcher(text)
        .replaceAll(found -> "[U+%04X]".formatted((int) found.group().charAt(0)));
  }

  /** The same in one line of at most so many characters. */
  public static String line(String text, int longest) {
    String line = of(text.strip().replace('\n', ' ').replace('\t', ' '));
    return line.length() <= longest
        ? line
        : line.substring(0, line.offsetByCodePoints(0, line.codePointCount(0, longest - 1))) + "…";
  }
}
