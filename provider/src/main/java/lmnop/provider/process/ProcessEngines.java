package lmnop.provider.process;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import lmnop.provider.artifacts.Artifacts;
import lmnop.provider.isolation.Isolation;
import lmnop.provider.kept.CrashStore;
import lmnop.provider.kept.NamespaceStore;
import lmnop.provider.kept.PrivateFiles;
import lmnop.provider.kept.SecretStore;
import lmnop.provider.kept.SpecStore;
import lmnop.provider.output.OutputStore;
import lmnop.provider.registry.Registrar;
import lmnop.provider.registry.Routers;

/** Puts a process engine together from its parts. */
public final class ProcessEngines {
  private static final int STARTS_PER_PROCESSOR = 4;

  private ProcessEngines() {}

  /**
   * Opens the engine whose data is in a folder, with the instances that run already.
   *
   * @param registrar not started yet: the engine starts it when it knows what runs
   * @param suffixes gives every instance a name of its own
   */
  public static ProcessEngine open(
      Path data,
      ProcessSettings settings,
      Isolation isolation,
      Artifacts artifacts,
      OutputStore output,
      Registrar registrar,
      Routers routers,
      MeterRegistry registry,
      Clock clock,
      Supplier<String> suffixes,
      boolean stopInstances)
      throws IOException {
    Path run = data.resolve("run");
    PrivateFiles.createDirectories(run);
    EngineMetrics metrics = new EngineMetrics(registry);
    int processors = Runtime.getRuntime().availableProcessors();
    Means means =
        new Means(
            run,
            settings,
            isolation,
            artifacts,
            new SecretStore(data.resolve("secrets"), data.resolve("workload-secrets")),
            output,
            registrar,
            routers,
            new Readiness(),
            metrics,
            new CrashStore(data.resolve("crashes"), settings.crashes(), clock),
            new Semaphore(Math.max(8, STARTS_PER_PROCESSOR * processors)));
    ProcessEngine opened =
        new ProcessEngine(
            means,
            new SpecStore<>(data.resolve("workloads"), WorkloadSpec.class, WorkloadSpec::key),
            new NamespaceStore(data.resolve("namespaces")),
            clock,
            suffixes,
            stopInstances);
    metrics.watch(opened::running, opened::readyInstances, opened::standingBy);
    return opened;
  }
}
