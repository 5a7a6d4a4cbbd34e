package lmnop.controlplane.portal;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.controlplane.logs.PrintedLine;

/**
 * How far somebody has read the lines of a function: up to a moment, and of those that were printed
 * at that very moment so many.
 */
record LogPlace(Instant at, int lines) {
  static final LogPlace BEGINNING = new LogPlace(Instant.EPOCH, 0);

  private static final Pattern FORM = Pattern.compile("([0-9TZ:.-]{1,40})_([0-9]{1,9})");

  /** Reads what {@link #toString} wrote; anything else is the beginning. */
  static LogPlace parse(String text) {
    Matcher form = FORM.matcher(text);
    try {
      return form.matches()
          ? new LogPlace(Instant.parse(form.group(1)), Integer.parseInt(form.group(2)))
          : BEGINNING;
    } catch (DateTimeParseException e) {
      return BEGINNING;
    }
  }

  boolean isTheBeginning() {
    return lines == 0;
  }

  /** The place behind a line; one of an earlier moment, which comes late, changes nothing. */
  LogPlace behind(PrintedLine line) {
    int order = line.at().compareTo(at);
    return order < 0 ? this : new LogPlace(line.at(), order == 0 ? lines + 1 : 1);
  }

  @Override
  public String toString() {
    return at + "_" + lines;
  }
}
