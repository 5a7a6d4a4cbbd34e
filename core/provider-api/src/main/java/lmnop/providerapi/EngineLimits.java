package lmnop.providerapi;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What cannot be had from what runs the functions. The provider says it in the registry, so that a
 * push is refused before it is built, and refuses it once more itself.
 *
 * @param title what runs them, at the beginning of a sentence
 * @param where the same within one, as in {@code in a cluster}
 * @param instances of a function, at most
 * @param sleeps whether a function may have no instance
 * @param processorTime whether it is known how much of a processor instances take
 * @param annotations parts of names of annotations that it does not take
 * @param functions at most, of all who share it
 * @param there how many of these there are now
 */
public record EngineLimits(
    String title,
    String where,
    int instances,
    boolean sleeps,
    boolean processorTime,
    List<String> annotations,
    int functions,
    int there) {
  public EngineLimits {
    annotations = List.copyOf(annotations);
  }

  /** The same with so many functions. */
  public EngineLimits having(int now) {
    return new EngineLimits(
        title, where, instances, sleeps, processorTime, annotations, functions, now);
  }

  /** Why a workload cannot run like this; nothing where it can. */
  public Optional<String> refusal(Map<String, String> labels, Map<String, String> with) {
    return tooMany(labels, WorkloadLabels.SCALE_MIN)
        .or(() -> tooMany(labels, WorkloadLabels.SCALE_MAX))
        .or(() -> sleep(labels))
        .or(() -> measure(labels))
        .or(() -> annotation(with));
  }

  private Optional<String> tooMany(Map<String, String> labels, String label) {
    return Optional.ofNullable(labels.get(label))
        .filter(number -> isMoreThan(instances, number.strip()))
        .map(number ->
            "%s is %s: %s runs at most %s of a function"
                .formatted(label, number, title, instances(instances)));
  }

  /** What is no number is refused elsewhere, and in other words. */
  private static boolean isMoreThan(int most, String number) {
    try {
      return Integer.parseInt(number) > most;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private Optional<String> sleep(Map<String, String> labels) {
    return sleeps || !WorkloadLabels.isYes(labels.get(WorkloadLabels.SCALE_ZERO))
        ? Optional.empty()
        : Optional.of(
            "%s always runs an instance: leave out scale.min: 0, or the label %s"
                .formatted(title, WorkloadLabels.SCALE_ZERO));
  }

  private Optional<String> measure(Map<String, String> labels) {
    return processorTime
            || !"cpu".equals(labels.getOrDefault(WorkloadLabels.SCALE_TYPE, "").strip())
        ? Optional.empty()
        : Optional.of(
            "The label %s is 'cpu', and how much instances take of a processor is not known %s: capacity or rps is expected"
                .formatted(WorkloadLabels.SCALE_TYPE, where));
  }

  private Optional<String> annotation(Map<String, String> with) {
    return with.keySet().stream()
        .filter(name -> annotations.stream().anyMatch(name::contains))
        .sorted()
        .map(name -> "%s takes no annotation %s".formatted(title, name))
        .findFirst();
  }

  /** Why there is no room for more functions; nothing where there is. */
  public Optional<String> full(int more) {
    return (long) there + more <= functions
        ? Optional.empty()
        : Optional.of(
            "%s runs at most %d functions, and has %d: delete one first"
                .formatted(title, functions, there));
  }

  /** A number of instances in words. */
  public static String instances(int number) {
    return number == 1 ? "one instance" : number + " instances";
  }
}
