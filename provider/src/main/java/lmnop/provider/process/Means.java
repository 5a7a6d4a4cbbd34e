package lmnop.provider.process;

import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import lmnop.provider.artifacts.Artifacts;
import lmnop.provider.isolation.Isolation;
import lmnop.provider.kept.CrashStore;
import lmnop.provider.kept.SecretStore;
import lmnop.provider.output.OutputStore;
import lmnop.provider.registry.Registrar;
import lmnop.provider.registry.Routers;

/**
 * What every instance needs to live.
 *
 * @param run holds a folder for each instance
 * @param starts how many instances may be starting at once
 */
record Means(
    Path run,
    ProcessSettings settings,
    Isolation isolation,
    Artifacts artifacts,
    SecretStore secrets,
    OutputStore output,
    Registrar registrar,
    Routers routers,
    Readiness readiness,
    EngineMetrics metrics,
    CrashStore crashes,
    Semaphore starts) {}
