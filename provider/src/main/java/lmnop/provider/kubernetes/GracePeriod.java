package lmnop.provider.kubernetes;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lmnop.providerapi.WorkloadLabels;

/**
 * How long a pod has between being asked to end and being ended: no shorter than a request may
 * take, as the function says, or as its forwarder is told.
 */
final class GracePeriod {
  /** OpenFaaS's watchdog ends this much later than its longest request. */
  private static final Duration MARGIN = Duration.ofSeconds(2);

  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)");

  private GracePeriod() {}

  static Duration of(Spec spec, Duration least) {
    Map<String, String> variables = Objects.requireNonNullElse(spec.runs().envVars(), Map.of());
    Map<String, String> annotations =
        Objects.requireNonNullElse(spec.runs().annotations(), Map.of());
    Duration asked =
        Stream.of(
                annotations.getOrDefault(WorkloadLabels.TIMEOUT, ""),
                variables.getOrDefault("write_timeout", ""),
                variables.getOrDefault("exec_timeout", ""))
            .map(GracePeriod::duration)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    Duration wanted = asked.isZero() ? least : asked.plus(MARGIN);
    Duration bounded = wanted.compareTo(LONGEST) > 0 ? LONGEST : wanted;
    return bounded.compareTo(least) > 0 ? bounded : least;
  }

  /** Reads Go's notation, {@code 1m30s}; what is none is nothing. */
  static Duration duration(String text) {
    Matcher parts = PART.matcher(text);
    double seconds = 0;
    int end = 0;
    while (parts.find() && parts.start() == end) {
      double number = Double.parseDouble(parts.group(1));
      seconds +=
          switch (parts.group(2)) {
            case "ms" -> number / 1000;
            case "s" -> number;
            case "m" -> number * 60;
            default -> number * 3600;
          };
      end = parts.end();
    }
    return end == text.length()
        ? Duration.ofMillis((long) Math.min(seconds * 1000, (double) LONGEST.toMillis()))
        : Duration.ZERO;
  }
}
