package lmnop.builderworker.build;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;

/** What is counted about builds. */
public record BuildMetrics(MeterRegistry registry) {
  /**
   * A build ended: {@code done}, {@code user}, {@code platform}, {@code retry}, {@code stopped}.
   */
  void ended(String outcome) {
    registry.counter("lmnop_builds", "outcome", outcome).increment();
  }

  /** A stage took so long. */
  void stage(Stage stage, Duration time) {
    registry.timer("lmnop_build_stage", "stage", stage.name()).record(time);
  }

  /** A build needed dependencies: they were fetched, or there already. */
  void dependencies(boolean fetched) {
    registry
        .counter("lmnop_build_dependencies", "source", fetched ? "fetched" : "kept")
        .increment();
  }
}
