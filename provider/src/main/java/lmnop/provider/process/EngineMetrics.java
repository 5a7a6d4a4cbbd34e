package lmnop.provider.process;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** What the process engine counts. */
final class EngineMetrics {
  /** The parts of a start, in running order. */
  enum ColdStart {
    /** The bundle is unpacked, the instance's folder written. */
    PREPARE,
    /** The keeper runs and the instance's network is up. */
    LAUNCH,
    /** The program listens. */
    LISTEN,
    /** The registry has the endpoint. */
    PUBLISH
  }

  private static final Duration[] BUCKETS =
      IntStream.of(5, 10, 25, 50, 100, 200, 300, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final MeterRegistry registry;

  EngineMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Shows how many instances there are. */
  void watch(Supplier<Number> running, Supplier<Number> ready, Supplier<Number> standingBy) {
    Gauge.builder("lmnop.provider.instances.running", running)
        .strongReference(true)
        .register(registry);
    Gauge.builder("lmnop.provider.instances.ready", ready).strongReference(true).register(registry);
    Gauge.builder("lmnop.provider.instances.standby", standingBy)
        .strongReference(true)
        .register(registry);
  }

  void phase(ColdStart phase, Duration took) {
    Timer.builder("lmnop.provider.cold.start")
        .tag("phase", phase.name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(took);
  }

  void started(boolean becameReady) {
    registry
        .counter("lmnop.provider.starts", "outcome", becameReady ? "ready" : "failed")
        .increment();
  }

  /** An instance met a limit for the first time. */
  void limitMet(String limit) {
    registry.counter("lmnop.provider.limits.met", "limit", limit).increment();
  }

  void endedByItself() {
    registry.counter("lmnop.provider.crashes").increment();
  }
}
