package lmnop.controlplane.git;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a build printed, without what would steer a terminal. */
public final class Harmless {
  private static final Pattern ESCAPES =
      Pattern.compile("\\x1b(\\[[0-?]*[ -/]*[@-~]|\\][^\\x07\\x1b]*(\\x07|\\x1b\\\\)?|[@-_])");
  private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}&&[^\\t]]");
  private static final Pattern COLOUR = Pattern.compile("\\x1b\\[[0-9;]*m");
  private static final String RESET = "\u001b[0m";

  private Harmless() {}

  /** The text alone. */
  public static String plain(String text) {
    return CONTROLS.matcher(ESCAPES.matcher(text).replaceAll("")).replaceAll("");
  }

  /** The text with its colours, which end with it. */
  public static String coloured(String text) {
    Matcher colours = COLOUR.matcher(text);
    StringBuilder shown = new StringBuilder();
    int from = 0;
    while (colours.find()) {
      shown.append(plain(text.substring(from, colours.start()))).append(colours.group());
      from = colours.end();
    }
    shown.append(plain(text.substring(from)));
    return from == 0 ? shown.toString() : shown.append(RESET).toString();
  }
}
