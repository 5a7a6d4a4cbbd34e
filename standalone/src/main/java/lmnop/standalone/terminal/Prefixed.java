package lmnop.standalone.terminal;

import lmnop.standalone.terminal.Terminal.Tone;

/** The lines of one part among those of the others: {@code router | …}, each part in its colour. */
public final class Prefixed {
  private static final int NAME_WIDTH = 14;

  private final Terminal terminal;
  private final String prefix;

  public Prefixed(Terminal terminal, String part, Tone tone) {
    this.terminal = terminal;
    String padded = part + " ".repeat(Math.max(0, NAME_WIDTH - part.length()));
    this.prefix = terminal.toned(tone, padded + " |") + " ";
  }

  /** Prints a line that the part printed. */
  public void line(String text) {
    terminal.line(prefix + text);
  }

  /** Prints a sentence about the part. */
  public void notice(String sentence) {
    terminal.line(prefix + terminal.toned(Tone.CAUTION, sentence));
  }
}
