package lmnop.provider.kubernetes;

import java.time.Clock;
import lmnop.provider.kept.CrashStore;
import lmnop.provider.output.OutputStore;
import lmnop.provider.registry.Registrar;
import lmnop.provider.registry.Routers;

/** What every workload needs to live. */
record Means(
    Cluster cluster,
    KubernetesSettings settings,
    Marks marks,
    FunctionObjects objects,
    NetworkPolicies policies,
    KubernetesSecrets secrets,
    ImageHealth health,
    OutputStore output,
    Registrar registrar,
    Routers routers,
    CrashStore crashes,
    Clock clock) {}
