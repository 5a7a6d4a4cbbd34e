package lmnop.provider;

import java.nio.file.Path;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.management.ManagementSettings;
import lmnop.provider.artifacts.ImageSettings;
import lmnop.provider.isolation.IsolationSettings;
import lmnop.provider.kubernetes.KubernetesSettings;
import lmnop.provider.openfaas.OpenFaasSettings;
import lmnop.provider.process.ProcessSettings;
import lmnop.provider.scaling.ScalingSettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the provider runs with.
 *
 * @param id no other provider of the registry has it
 * @param listen where its API is
 * @param operatorFile holds the password of the user {@code operator}, who may do everything
 * @param wakerFile holds the password of the user {@code waker}, who may raise a workload from zero
 * @param alertmanagerFile holds the password of the user {@code alertmanager}, who may report
 *     alerts; without it only the operator may
 * @param database where it publishes endpoints
 * @param management health and metrics
 * @param data a folder of its own, open to nobody else
 * @param artifacts where builds put bundles, and images that are in no registry
 * @param trustFunctions whether functions may run as plain processes
 * @param listenersOnLoopback whether nothing of the platform listens but on this machine itself;
 *     then functions may run as plain processes as well
 * @param routerTokenFile holds what the routers' management listeners ask for
 * @param stopInstancesOnExit whether instances end when this process is asked to; when it crashes
 *     they go on, and the next one adopts them
 * @param engine what runs functions: 'process', processes of this machine; 'kubernetes', a cluster;
 *     'openfaas', an OpenFaaS gateway or a faasd
 * @param isolation how instances are kept apart
 * @param process how instances live
 * @param scaling how functions are scaled by load
 * @param images OCI images, and the disk that they get
 * @param kubernetes the cluster, and how functions live there
 * @param openfaas the OpenFaaS gateway or faasd that runs the functions
 */
record ProviderSettings(
    String id,
    Listen listen,
    Path operatorFile,
    Path wakerFile,
    @Nullable Path alertmanagerFile,
    DatabaseSettings database,
    ManagementSettings management,
    Path data,
    Path artifacts,
    @DefaultValue("false") boolean trustFunctions,
    @DefaultValue("false") boolean listenersOnLoopback,
    Path routerTokenFile,
    @DefaultValue("true") boolean stopInstancesOnExit,
    @DefaultValue("process") EngineKind engine,
    @DefaultValue IsolationSettings isolation,
    @DefaultValue ProcessSettings process,
    @DefaultValue ScalingSettings scaling,
    @DefaultValue ImageSettings images,
    @DefaultValue KubernetesSettings kubernetes,
    @DefaultValue OpenFaasSettings openfaas) {
  /** What runs functions. */
  enum EngineKind {
    PROCESS,
    KUBERNETES,
    OPENFAAS;

    /** Whether what it runs is known to every process that may reach it, and not to one folder. */
    boolean isShared() {
      return this == KUBERNETES;
    }
  }

  ProviderSettings {
    if (engine == EngineKind.OPENFAAS) {
      openfaas.requireGateway();
    }
  }

  /**
   * Where the provider API is.
   *
   * @param host an address of this machine
   * @param port 0 takes a free one
   */
  record Listen(@DefaultValue("127.0.0.1") String host, @DefaultValue("8083") int port) {}
}
