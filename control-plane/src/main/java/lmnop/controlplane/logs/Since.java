package lmnop.controlplane.logs;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Since when lines are asked for, as people type it: {@code 5m}, or a moment. */
public final class Since {
  private static final Pattern AGO = Pattern.compile("([0-9]{1,5})(s|m|h|d)");
  private static final Map<String, ChronoUnit> UNITS =
      Map.of(
          "s",
          ChronoUnit.SECONDS,
          "m",
          ChronoUnit.MINUTES,
          "h",
          ChronoUnit.HOURS,
          "d",
          ChronoUnit.DAYS);

  private Since() {}

  /** The moment that is meant; empty if none is. */
  public static Optional<Instant> moment(String text, Instant now) {
    Matcher ago = AGO.matcher(text);
    try {
      return Optional.of(
          ago.matches()
              ? now.minus(Duration.of(Long.parseLong(ago.group(1)), UNITS.get(ago.group(2))))
              : Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
