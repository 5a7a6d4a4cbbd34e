package lmnop.controlplane.accounts;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** For how long a token is good, as people write it: {@code 30d}, {@code 12h}, {@code 90m}. */
public final class Lifetime {
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,5})(d|h|m)");
  private static final Map<String, ChronoUnit> UNITS =
      Map.of("d", ChronoUnit.DAYS, "h", ChronoUnit.HOURS, "m", ChronoUnit.MINUTES);
  private static final Duration LONGEST = Duration.ofDays(3650);

  private Lifetime() {}

  /** Reads a time; nothing if it is none, or too long. */
  public static Optional<Duration> of(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    ChronoUnit unit = UNITS.getOrDefault(parts.group(2), ChronoUnit.DAYS);
    Duration lifetime = unit.getDuration().multipliedBy(Integer.parseInt(parts.group(1)));
    return Optional.of(lifetime).filter(one -> !one.isZero() && one.compareTo(LONGEST) <= 0);
  }
}
