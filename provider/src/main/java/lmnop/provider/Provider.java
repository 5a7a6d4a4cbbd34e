package lmnop.provider;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.management.JvmGauges;
import lmnop.operations.management.ManagementServer;
import lmnop.provider.api.Access;
import lmnop.provider.api.Engine;
import lmnop.provider.api.ProviderApi;
import lmnop.provider.artifacts.Artifacts;
import lmnop.provider.isolation.Isolation;
import lmnop.provider.isolation.Isolations;
import lmnop.provider.kubernetes.KubernetesEngine;
import lmnop.provider.kubernetes.KubernetesEngines;
import lmnop.provider.openfaas.OpenFaasEngine;
import lmnop.provider.output.OutputStore;
import lmnop.provider.process.ProcessEngine;
import lmnop.provider.process.ProcessEngines;
import lmnop.provider.registry.Lead;
import lmnop.provider.registry.LeadStore;
import lmnop.provider.registry.Registrar;
import lmnop.provider.registry.Routers;
import lmnop.provider.registry.ServingStore;
import lmnop.provider.scaling.Autoscaler;
import lmnop.provider.scaling.ScalingMetrics;
import lmnop.provider.scaling.ScalingSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the provider is made of, in the order in which it starts. */
final class Provider implements AutoCloseable {
  private static final Duration FORGET_LOOK = Duration.ofMinutes(5);
  private static final Logger log = LoggerFactory.getLogger(Provider.class);
  private static final String SUFFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"; // base32
  private static final int SUFFIX_LENGTH = 8;
  private static final String RELEASE = "1.0.0";

  private final Parts parts;
  private final ProviderApi api;
  private final ManagementServer management;

  private Provider(Parts parts, ProviderApi api, ManagementServer management) {
    this.parts = parts;
    this.api = api;
    this.management = management;
  }

  /** Starts all parts; those that did start stop again if one does not. */
  static Provider start(ProviderSettings settings, Clock clock, SecureRandom random)
      throws IOException {
    Parts parts = new Parts("provider");
    try {
      return assemble(parts, settings, clock, random);
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  private static Provider assemble(
      Parts parts, ProviderSettings settings, Clock clock, SecureRandom random) throws IOException {
    Path data = parts.add("data folder", DataFolder.take(settings.data())).path();
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    parts.add("jvm gauges", JvmGauges.bind(metrics));
    Database database = parts.add("database", new Database(settings.database()));
    database.show(metrics);
    AtomicReference<BooleanSupplier> ready = new AtomicReference<>(() -> false);
    ManagementServer management =
        parts.add(
            "management",
            ManagementServer.start(
                settings.management(), metrics, () -> ready.get().getAsBoolean()));
    Lead lead = parts.add("lead", lead(parts, settings, data, database, random));
    Routers routers =
        parts.add(
            "routers",
            new Routers(database, new CredentialFile(settings.routerTokenFile()).read()));
    Ground ground = new Ground(parts, settings, data, database, lead, routers, metrics, clock);
    Engine engine =
        switch (settings.engine()) {
          case PROCESS -> processes(ground, random);
          case KUBERNETES -> kubernetes(ground);
          case OPENFAAS -> openfaas(ground);
        };
    ProviderApi api =
        parts.add(
            "api",
            ProviderApi.start(
                address(settings),
                access(settings),
                engine,
                new ServingStore(database),
                settings.scaling().by(),
                RELEASE));
    ScalingMetrics scaling = new ScalingMetrics(metrics);
    scale(ground, engine, scaling);
    management.alsoExpose(scaling::text);
    ready.set(engine::ready);
    parts.add("readiness", () -> ready.set(() -> false));
    return new Provider(parts, api, management);
  }

  /** Waits until this process is the one that provides for the registry. */
  private static Lead lead(
      Parts parts, ProviderSettings settings, Path data, Database database, SecureRandom random)
      throws IOException {
    String holder = settings.id() + "-" + DataFolder.name(data, suffixes(random));
    Runnable lost = parts::close;
    Lead lead = new Lead(new LeadStore(database), settings.id(), holder, Pace.real(), lost);
    try {
      return lead.take(settings.engine().isShared());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The provider was stopped before it led", e);
    }
  }

  private static void scale(Ground ground, Engine engine, ScalingMetrics shown) {
    ScalingSettings settings = ground.settings().scaling();
    Autoscaler autoscaler =
        new Autoscaler(
            engine,
            ground.routers(),
            ground.database(),
            settings,
            shown,
            Pace.real(),
            ground.lead());
    ground.parts().add("autoscaler", autoscaler.start());
  }

  /** What an engine stands on, whichever it is. */
  private record Ground(
      Parts parts,
      ProviderSettings settings,
      Path data,
      Database database,
      Lead lead,
      Routers routers,
      PrometheusMeterRegistry metrics,
      Clock clock) {
    Registrar registrar() {
      String orchestration = settings.engine().name().toLowerCase(Locale.ROOT);
      return parts.add("registrar", new Registrar(database, settings.id(), orchestration, lead));
    }

    OutputStore output() throws IOException {
      return parts.add("output", new OutputStore(data.resolve("output"), clock));
    }
  }

  private static ProcessEngine processes(Ground ground, SecureRandom random) throws IOException {
    Parts parts = ground.parts();
    ProviderSettings settings = ground.settings();
    Isolation isolation =
        parts.add("isolation", isolation(settings, ground.data(), ground.clock()));
    Registrar registrar = ground.registrar();
    Routers routers = ground.routers();
    OutputStore output = ground.output();
    Artifacts artifacts =
        parts.add(
            "artifacts",
            new Artifacts(
                settings.artifacts(),
                ground.data(),
                Isolations.boot(),
                settings.images(),
                ground.clock()));
    ProcessEngine engine =
        parts.add(
            "engine",
            ProcessEngines.open(
                ground.data(),
                settings.process(),
                isolation,
                artifacts,
                output,
                registrar,
                routers,
                ground.metrics(),
                ground.clock(),
                suffixes(random),
                settings.stopInstancesOnExit()));
    parts.add(
        "unpacked bundles", Loop.start("unpacked-bundles", FORGET_LOOK, artifacts::forgetBundles));
    parts.add("crashes", Loop.start("crashes", FORGET_LOOK, engine::forgetCrashes));
    return engine;
  }

  private static KubernetesEngine kubernetes(Ground ground) throws IOException {
    Registrar registrar = ground.registrar();
    Routers routers = ground.routers();
    OutputStore output = ground.output();
    ProviderSettings settings = ground.settings();
    KubernetesEngine engine =
        ground
            .parts()
            .add(
                "engine",
                KubernetesEngines.open(
                    settings.id(),
                    ground.data(),
                    settings.kubernetes(),
                    settings.images().registries(),
                    settings.process().crashes(),
                    output,
                    registrar,
                    routers,
                    ground.lead()::mayAct,
                    ground.metrics(),
                    ground.clock()));
    ground.parts().add("crashes", Loop.start("crashes", FORGET_LOOK, engine::forgetCrashes));
    return engine;
  }

  private static OpenFaasEngine openfaas(Ground ground) throws IOException {
    Registrar registrar = ground.registrar();
    ProviderSettings settings = ground.settings();
    return ground
        .parts()
        .add(
            "engine",
            OpenFaasEngine.open(
                settings.id(),
                ground.data(),
                settings.openfaas(),
                registrar,
                ground.clock(),
                Pace.real()));
  }

  private static Isolation isolation(ProviderSettings settings, Path data, Clock clock)
      throws IOException {
    Isolation isolation =
        Isolations.open(
            settings.isolation(),
            settings.id(),
            data,
            settings.trustFunctions() || settings.listenersOnLoopback(),
            clock);
    log.info("instances are {}", isolation.description());
    return isolation;
  }

  private static InetSocketAddress address(ProviderSettings settings) {
    return new InetSocketAddress(settings.listen().host(), settings.listen().port());
  }

  private static Access access(ProviderSettings settings) {
    Path alertmanager = settings.alertmanagerFile();
    return new Access(
        new CredentialFile(settings.operatorFile()).read(),
        new CredentialFile(settings.wakerFile()).read(),
        alertmanager == null ? null : new CredentialFile(alertmanager).read());
  }

  private static Supplier<String> suffixes(SecureRandom random) {
    return () ->
        random
            .ints(SUFFIX_LENGTH, 0, SUFFIX_LETTERS.length())
            .mapToObj(i -> SUFFIX_LETTERS.substring(i, i + 1))
            .collect(Collectors.joining());
  }

  /** Where the provider API is. */
  InetSocketAddress address() {
    return api.address();
  }

  /** The port where operators ask. */
  int managementPort() {
    return management.port();
  }

  void runUntilStopped() throws InterruptedException {
    parts.runUntilStopped();
  }

  @Override
  public void close() {
    parts.close();
  }
}
