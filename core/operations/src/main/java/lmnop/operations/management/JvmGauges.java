package lmnop.operations.management;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;

/** What every app says of its process: memory, collections, threads, processor, files, age. */
public final class JvmGauges implements AutoCloseable {
  private final JvmGcMetrics collections = new JvmGcMetrics();

  private JvmGauges() {}

  /** Adds them; collections are counted until it is closed. */
  public static JvmGauges bind(MeterRegistry registry) {
    JvmGauges gauges = new JvmGauges();
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    gauges.collections.bindTo(registry);
    return gauges;
  }

  @Override
  public void close() {
    collections.close();
  }
}
