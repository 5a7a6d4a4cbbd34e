package lmnop.provider.api;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;

/**
 * What a workload's labels ask of the loop that scales by load.
 *
 * @param target null leaves the number of instances alone while the workload is in use
 * @param zero whether nothing runs of it after an idle time
 * @param idle that time; null leaves it to the operator
 */
public record ByLoad(@Nullable Target target, boolean zero, @Nullable Duration idle) {
  private static final Pattern TIME =
      Pattern.compile("(?:(\\d{1,4})h)?(?:(\\d{1,6})m)?(?:(\\d{1,7})s)?");
  private static final int DEFAULT_TARGET = 50; // OpenFaaS's own
  private static final int LARGEST_TARGET = 1_000_000;

  /** How much of something each instance is to have. */
  public record Target(Measure measure, int perInstance) {}

  /** What is measured of a workload. */
  public enum Measure {
    /** Requests in flight. */
    CAPACITY("capacity"),
    /** Requests that come in a second. */
    RPS("rps"),
    /** Thousandths of a processor. */
    CPU("cpu");

    private final String label;

    Measure(String label) {
      this.label = label;
    }

    static Measure of(String label) {
      for (Measure measure : values()) {
        if (measure.label.equals(label)) {
          return measure;
        }
      }
      throw Refused.badRequest(
          "The label %s is '%s': capacity, rps or cpu is expected"
              .formatted(WorkloadLabels.SCALE_TYPE, label));
    }
  }

  /** Reads the labels; refuses what means nothing. */
  public static ByLoad of(@Nullable Map<String, String> labels) {
    Map<String, String> known = labels == null ? Map.of() : labels;
    return new ByLoad(
        target(known),
        WorkloadLabels.isYes(known.get(WorkloadLabels.SCALE_ZERO)),
        idle(known.get(WorkloadLabels.SCALE_ZERO_DURATION)));
  }

  /** Whether the loop has anything to do for the workload. */
  public boolean isAsked() {
    return target != null || zero;
  }

  private static @Nullable Target target(Map<String, String> labels) {
    String target = labels.get(WorkloadLabels.SCALE_TARGET);
    String type = labels.get(WorkloadLabels.SCALE_TYPE);
    if (target == null && type == null) {
      return null;
    }
    Measure measure = type == null ? Measure.RPS : Measure.of(type.strip());
    return new Target(measure, target == null ? DEFAULT_TARGET : number(target));
  }

  private static int number(String text) {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= 1 && number <= LARGEST_TARGET) {
        return number;
      }
    } catch (NumberFormatException e) {
      // refused below, as a number that is out of range
    }
    throw Refused.badRequest(
        "The label %s is '%s': a whole number from 1 to %d is expected"
            .formatted(WorkloadLabels.SCALE_TARGET, text, LARGEST_TARGET));
  }

  private static @Nullable Duration idle(@Nullable String text) {
    if (text == null) {
      return null;
    }
    Matcher parts = TIME.matcher(text.strip());
    if (parts.matches()) {
      Duration idle =
          Duration.ofHours(part(parts, 1)).plusMinutes(part(parts, 2)).plusSeconds(part(parts, 3));
      if (idle.isPositive()) {
        return idle;
      }
    }
    throw Refused.badRequest(
        "The label %s is '%s': a time as 15m, 90s or 1h30m is expected"
            .formatted(WorkloadLabels.SCALE_ZERO_DURATION, text));
  }

  private static long part(Matcher parts, int group) {
    String digits = parts.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
