package lmnop.provider.openfaas;

import java.util.HashSet;
import java.util.Set;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Endpoint;
import lmnop.provider.registry.Registrar;
import lmnop.provider.registry.WorkloadState;
import lmnop.providerapi.FunctionStatus;
import org.jspecify.annotations.Nullable;

/** What the registry is told of the workloads of one function: all of them are reached there. */
final class Published {
  private final String function;
  private final FunctionAddress address;
  private final Registrar registrar;
  private final Set<WorkloadKey> open = new HashSet<>();

  Published(String function, FunctionAddress address, Registrar registrar) {
    this.function = function;
    this.address = address;
    this.registrar = registrar;
  }

  /**
   * Says how a workload is.
   *
   * @param seen what runs at the gateway, whichever workload that is; null where nothing does
   * @param available instances that are known to be of this one
   */
  synchronized void show(WorkloadKey key, @Nullable FunctionStatus seen, int available) {
    if (seen == null || seen.availableReplicas() == 0) {
      withdraw(key);
    } else if (open.add(key)) {
      registrar.publish(endpoint(key));
    }
    int replicas = seen == null ? 0 : seen.replicas();
    registrar.note(new WorkloadState(key.namespace(), key.name(), replicas, available, null, null));
  }

  synchronized void forget(WorkloadKey key) {
    withdraw(key);
    registrar.forget(key.namespace(), key.name());
  }

  private void withdraw(WorkloadKey key) {
    if (open.remove(key)) {
      registrar.withdraw(instance(key));
    }
  }

  private Endpoint endpoint(WorkloadKey key) {
    return new Endpoint(
        key.namespace(),
        key.name(),
        instance(key),
        address.host(function),
        address.port(),
        address.pathPrefix(function),
        "http1");
  }

  private static String instance(WorkloadKey key) {
    return key.name() + "." + key.namespace();
  }
}
