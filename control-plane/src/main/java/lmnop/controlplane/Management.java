package lmnop.controlplane;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import lmnop.controlplane.state.PlatformMetrics;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.management.Checks;
import lmnop.operations.management.JvmGauges;
import lmnop.operations.management.ManagementServer;

/** What an operator sees of a control plane, on a listener of its own. */
final class Management {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private Management() {}

  static void start(Parts parts, ControlPlaneSettings settings, Database database, Checks health)
      throws IOException {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    parts.add("jvm-gauges", JvmGauges.bind(metrics));
    database.show(metrics);
    ManagementServer management =
        parts.add(
            "management",
            ManagementServer.start(settings.management(), metrics, () -> answers(database)));
    management.alsoExpose(new PlatformMetrics(database, Pace.real())::lines);
    management.page("/health", health::page);
  }

  private static boolean answers(Database database) {
    try {
      return database.one("SELECT 1", Map.of(), row -> true).blockOptional(ANSWER).isPresent();
    } catch (RuntimeException e) {
      return false;
    }
  }
}
