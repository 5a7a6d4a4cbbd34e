package lmnop.provider.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scaling as OpenFaaS does it: an alert that fires for a function has it run some more instances,
 * each time that it is reported, and one that is over has it run its fewest again.
 *
 * <p>The alert names a function; its workloads are found by their labels, so that this works while
 * the database is away. A workload of that very name counts as well. One whose labels name a target
 * is left to the loop, where there is one, so that not two say how many shall run.
 */
final class Alerts {
  private static final Logger log = LoggerFactory.getLogger(Alerts.class);
  private static final String FUNCTION = "function_name"; // NAME.NAMESPACE
  private static final String FIRING = "firing";

  private final Engine engine;
  private final Serving serving;
  private final ScaledBy by;

  Alerts(Engine engine, Serving serving, ScaledBy by) {
    this.engine = engine;
    this.serving = serving;
    this.by = by;
  }

  /** What Alertmanager posts, as far as it means anything here. */
  record Message(@Nullable List<@Nullable Alert> alerts) {}

  /** One alert of it. */
  record Alert(@Nullable String status, @Nullable Map<String, String> labels) {}

  /**
   * Does what the alerts ask for, one after the other: two reports at once are two steps.
   *
   * @return what could not be done
   */
  synchronized List<String> apply(Message message) {
    if (by == ScaledBy.OFF) {
      throw new Refused(
          409, "Alerts scale nothing here: the provider's setting 'scaling.by' is 'off'");
    }
    List<String> failures = new ArrayList<>();
    List<@Nullable Alert> alerts = Objects.requireNonNullElse(message.alerts(), List.of());
    for (int i = 0; i < alerts.size(); i++) {
      Alert alert = alerts.get(i);
      try {
        if (alert != null) {
          apply(alert);
        }
      } catch (Refused e) {
        failures.add("[%d] %s".formatted(i, e.getMessage()));
      }
    }
    return failures;
  }

  /** An alert that is about no function, or about one that is not there, is somebody else's. */
  private void apply(Alert alert) {
    String named = alert.labels() == null ? null : alert.labels().get(FUNCTION);
    if (named == null || named.isEmpty()) {
      return;
    }
    int dot = named.lastIndexOf('.');
    String function = dot < 0 ? named : named.substring(0, dot);
    String namespace = dot < 0 ? WorkloadKey.DEFAULT_NAMESPACE : named.substring(dot + 1);
    for (FunctionStatus workload : workloads(function, namespace)) {
      if (by == ScaledBy.LOOP && ByLoad.of(workload.labels()).target() != null) {
        continue;
      }
      int wanted = wanted(workload, FIRING.equals(alert.status()));
      if (wanted != workload.replicas()) {
        log.info(
            "{}/{}: an alert is {}, {} instances become {}",
            namespace,
            workload.name(),
            alert.status(),
            workload.replicas(),
            wanted);
        engine.scale(workload.name(), namespace, wanted);
      }
    }
  }

  private List<FunctionStatus> workloads(String function, String namespace) {
    List<FunctionStatus> revisions =
        engine.list(namespace).stream()
            .filter(workload -> isOf(function, workload.labels()))
            .toList();
    if (revisions.isEmpty()) {
      return engine.status(function, namespace).stream().toList();
    }
    Optional<Set<String>> serve = serving.workloads(function, namespace);
    return revisions.stream()
        .filter(workload -> serve.isEmpty() || serve.get().contains(workload.name()))
        .toList();
  }

  private static boolean isOf(String function, @Nullable Map<String, String> labels) {
    return labels != null && function.equals(labels.get(WorkloadLabels.FUNCTION));
  }

  /** Nobody wakes a workload by an alert that is over, and one that fires stops no instance. */
  private static int wanted(FunctionStatus workload, boolean firing) {
    Scale scale = Scale.of(workload.labels());
    int current = workload.replicas();
    return firing
        ? Math.max(current, Math.min(current + scale.step(), scale.max()))
        : Math.min(current, scale.whenWoken());
  }
}
