package lmnop.provider.scaling;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;

/** What the autoscaler shows. */
public final class ScalingMetrics {
  private final MeterRegistry registry;
  private volatile Map<String, Decision> decisions = Map.of();
  private volatile boolean leads;

  public ScalingMetrics(MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder("lmnop.provider.scaling.leads", () -> leads ? 1 : 0)
        .strongReference(true)
        .register(registry);
  }

  void leads(boolean now) {
    leads = now;
  }

  /** What was decided for each workload, by {@code namespace/name}. */
  void show(Map<String, Decision> now) {
    decisions = Map.copyOf(now);
  }

  void scaled(Decision.Reason reason) {
    registry.counter("lmnop.provider.scaling.done", "reason", reason.tag()).increment();
  }

  /** Of each workload, in Prometheus' text format: series come and go with workloads. */
  public String text() {
    StringBuilder wanted = new StringBuilder("# TYPE lmnop_provider_scaling_wanted gauge\n");
    StringBuilder panic = new StringBuilder("# TYPE lmnop_provider_scaling_panic gauge\n");
    decisions.forEach((workload, decision) -> {
      wanted.append(
          "lmnop_provider_scaling_wanted{reason=\"%s\",workload=\"%s\"} %d%n"
              .formatted(decision.reason().tag(), workload, decision.instances()));
      panic.append(
          "lmnop_provider_scaling_panic{workload=\"%s\"} %d%n"
              .formatted(workload, decision.panic() ? 1 : 0));
    });
    return wanted.append(panic).toString();
  }
}
