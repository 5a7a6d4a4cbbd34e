package lmnop.provider.openfaas;

import java.time.Clock;
import lmnop.operations.lifecycle.Pace;
import lmnop.provider.kept.SecretStore;
import lmnop.provider.kept.SpecStore;
import lmnop.provider.registry.Registrar;

/**
 * What every place needs.
 *
 * @param provider the id by which functions at the gateway are known to be ours
 */
record Means(
    String provider,
    OpenFaasSettings settings,
    Gateway gateway,
    FunctionAddress address,
    Probe probe,
    SpecStore<Kept> specs,
    SecretStore secrets,
    Registrar registrar,
    Clock clock,
    Pace pace) {}
