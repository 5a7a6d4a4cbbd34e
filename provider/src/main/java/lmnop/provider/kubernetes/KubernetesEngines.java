package lmnop.provider.kubernetes;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.BooleanSupplier;
import lmnop.images.RegistrySettings;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.kept.CrashSettings;
import lmnop.provider.kept.CrashStore;
import lmnop.provider.output.OutputStore;
import lmnop.provider.registry.Registrar;
import lmnop.provider.registry.Routers;

/** Puts a Kubernetes engine together from its parts. */
public final class KubernetesEngines {
  private KubernetesEngines() {}

  /**
   * Opens the engine. It starts while the cluster is away, too, and then waits for it.
   *
   * @param provider the id by which its objects are known
   * @param crashes what is kept of programs that ended by themselves
   * @param mayAct false once another process does the work of this one
   * @param registrar not started yet: the engine starts it when it knows what runs
   */
  public static KubernetesEngine open(
      String provider,
      Path data,
      KubernetesSettings settings,
      RegistrySettings registries,
      CrashSettings crashes,
      OutputStore output,
      Registrar registrar,
      Routers routers,
      BooleanSupplier mayAct,
      MeterRegistry metrics,
      Clock clock)
      throws IOException {
    Marks marks = new Marks(provider);
    NetworkPolicies policies = new NetworkPolicies(settings, marks);
    policies.ofAll(WorkloadKey.DEFAULT_NAMESPACE); // settings that make no policy are told of now
    Cluster cluster = Cluster.open(settings, mayAct);
    Means means =
        new Means(
            cluster,
            settings,
            marks,
            new FunctionObjects(settings, marks),
            policies,
            new KubernetesSecrets(cluster, settings, marks),
            new RegistryHealth(registries),
            output,
            registrar,
            routers,
            new CrashStore(data.resolve("crashes"), crashes, clock),
            clock);
    return new KubernetesEngine(
        means,
        new PodLogs(cluster, output, data.resolve("run")),
        new ColdStarts(metrics, System::nanoTime));
  }
}
