package lmnop.provider.api;

import java.util.Map;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;

/**
 * Between how many instances a workload is scaled, as its labels say.
 *
 * @param min while the workload is in use
 * @param step how many more each report of an alert starts; 0 is none
 */
public record Scale(int min, int max, int step) {
  /** OpenFaaS's own default. */
  private static final int DEFAULT_MAX = 20;

  /** Percent of the most; the default that OpenFaaS documents. */
  private static final int DEFAULT_FACTOR = 20;

  /** More than one machine runs of one function. */
  private static final int LARGEST = 100;

  /** Reads the labels; refuses what does not fit together. */
  public static Scale of(@Nullable Map<String, String> labels) {
    Map<String, String> known = labels == null ? Map.of() : labels;
    int min = number(known, WorkloadLabels.SCALE_MIN, 1);
    int max = number(known, WorkloadLabels.SCALE_MAX, Math.max(DEFAULT_MAX, min));
    if (min > max) {
      throw Refused.badRequest(
          "%s is %d and %s is %d: the minimum must not be above the maximum"
              .formatted(WorkloadLabels.SCALE_MIN, min, WorkloadLabels.SCALE_MAX, max));
    }
    int factor = number(known, WorkloadLabels.SCALE_FACTOR, DEFAULT_FACTOR);
    return new Scale(min, max, (max * factor + 99) / 100);
  }

  /** How many instances the first request to a workload at zero asks for. */
  public int whenWoken() {
    return Math.max(1, min);
  }

  /** Refuses a number of instances that is never run. */
  public static void require(int replicas) {
    if (replicas < 0 || replicas > LARGEST) {
      throw Refused.badRequest(
          "%d replicas: 0 to %d are possible for one function".formatted(replicas, LARGEST));
    }
  }

  private static int number(Map<String, String> labels, String label, int otherwise) {
    String text = labels.get(label);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text.strip());
      require(number);
      return number;
    } catch (NumberFormatException e) {
      throw Refused.badRequest(
          "The label %s is '%s': a whole number is expected".formatted(label, text));
    }
  }
}
