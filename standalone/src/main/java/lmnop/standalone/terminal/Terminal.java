package lmnop.standalone.terminal;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;

/**
 * Prints whole lines to one stream; on a terminal with colours, and with one status line below the
 * others that is redrawn in place. Safe for use by many threads.
 */
public final class Terminal {
  private static final String CLEAR_LINE = "\r\u001b[2K";

  /** What a piece of text is, which decides its colour. */
  public enum Tone {
    PLAIN(""),
    STRONG("\u001b[1m"),
    FAINT("\u001b[2m"),
    GOOD("\u001b[32m"),
    BAD("\u001b[31m"),
    CAUTION("\u001b[33m"),
    FIRST("\u001b[36m"),
    SECOND("\u001b[35m"),
    THIRD("\u001b[34m"),
    FOURTH("\u001b[33m");

    private final String code;

    Tone(String code) {
      this.code = code;
    }
  }

  private final PrintStream out;
  private final boolean interactive;
  private final boolean coloured;
  private String status = "";

  public Terminal(PrintStream out, boolean interactive, boolean coloured) {
    this.out = out;
    this.interactive = interactive;
    this.coloured = coloured;
  }

  /** Standard output: coloured if a person is there who did not ask for none (NO_COLOR). */
  public static Terminal standardOutput() {
    boolean person = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    String wish = System.getenv("NO_COLOR"); // house-rule exception: the convention of terminals
    return new Terminal(System.out, person, person && (wish == null || wish.isEmpty()));
  }

  /** The text in the colour of its tone. */
  public String toned(Tone tone, String text) {
    return coloured && tone != Tone.PLAIN ? tone.code + text + "\u001b[0m" : text;
  }

  /** Prints a line. */
  public synchronized void line(String text) {
    if (!status.isEmpty()) {
      out.print(CLEAR_LINE);
    }
    out.println(text);
    out.print(status);
    out.flush();
  }

  /** Shows what is going on now, in place; nothing where lines cannot be redrawn. */
  public synchronized void status(String text) {
    if (!interactive || text.equals(status)) {
      return;
    }
    out.print(CLEAR_LINE + text);
    out.flush();
    status = text;
  }
}
