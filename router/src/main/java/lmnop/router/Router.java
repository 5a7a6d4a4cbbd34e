package lmnop.router;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.management.JvmGauges;
import lmnop.operations.management.ManagementServer;
import lmnop.registry.table.ChangeFeed;
import lmnop.registry.table.DatabaseRoutes;
import lmnop.registry.table.Freshness;
import lmnop.registry.table.RouteTable;
import lmnop.registry.table.RouterPresence;
import lmnop.registry.table.SnapshotKeeper;
import lmnop.router.accesslog.AccessLog;
import lmnop.router.balance.Fleet;
import lmnop.router.edge.Edge;
import lmnop.router.edge.EdgeContext;
import lmnop.router.edge.Listener;
import lmnop.router.edge.TrustedProxies;
import lmnop.router.gateway.Gateway;
import lmnop.router.gateway.OperatorRoutes;
import lmnop.router.gateway.Targets;
import lmnop.router.limits.Rates;
import lmnop.router.metrics.RouterMetrics;
import lmnop.router.resolve.Resolver;
import lmnop.router.tls.Certificates;
import lmnop.router.wake.Waker;
import org.jspecify.annotations.Nullable;

/** What a router is made of, in the order in which it starts. */
public final class Router implements AutoCloseable {
  /**
   * A table from a snapshot may lead to instances that are gone; whoever asks for one of those
   * waits until it is current. The portal waits for that too, but not for a database that is away.
   */
  private static final Duration FUNCTIONS_FIRST = Duration.ofSeconds(3);

  private final Parts parts = new Parts("router");
  private final AtomicReference<@Nullable BooleanSupplier> ready = new AtomicReference<>();
  private final ManagementServer management;
  private final Edge edge;

  private Router(RouterSettings settings) throws IOException, InterruptedException {
    Targets targets = new Targets(settings.gateway().localTargets(), own(settings));
    OperatorRoutes operators = parts.add("gateway-routes", operators(settings, targets));
    RouterMetrics metrics = new RouterMetrics();
    TrustedProxies trusted = TrustedProxies.of(settings.edge().trustedProxies());
    Edge bound = Edge.bind(settings.edge(), trusted, listeners(settings, metrics));
    Database database = parts.add("database", new Database(settings.database()));
    PrometheusMeterRegistry registry = registry(database);
    InstantSource clock = InstantSource.system();
    RouteTable table = new RouteTable(new DatabaseRoutes(database), registry, clock);
    Fleet fleet = new Fleet(table::endpointsAreOld, table::routers);
    management =
        parts.add(
            "management",
            ManagementServer.start(
                settings.management(), registry, this::isReady, () -> words(table)));
    SnapshotKeeper snapshot = parts.add("route-snapshot", keep(table, settings, clock));
    ChangeFeed feed =
        parts.add(
            "change-feed",
            ChangeFeed.follow(
                database, table, presence(settings, database, management.port()), clock));
    Waker waker =
        parts.add("waker", new Waker(settings.provider().url(), settings.provider().wakerFile()));
    Gateway gateway =
        parts.add(
            "gateway",
            new Gateway(settings.portalHost(), settings.controlPlane(), operators, targets));
    Resolver resolver = new Resolver(settings.appsDomain(), settings.portalHost());
    EdgeContext context =
        new EdgeContext(
            settings.edge(),
            trusted,
            settings.tls().redirect() ? settings.tls().publicPort() : null,
            resolver,
            table,
            fleet,
            waker,
            new Rates(),
            metrics,
            accessLog(settings, metrics),
            gateway.door());
    edge = parts.add("edge", bound.open(context));
    gateway.startInBackground(
        edge.port(edge.listeners() - 1), () -> feed.awaitStarted(FUNCTIONS_FIRST));

    gauges(metrics, waker, fleet);
    new TableGauges(metrics, table).add(feed, snapshot);
    management.alsoExpose(metrics::text);
    pages(
        new InFlightPage(settings.id(), UUID.randomUUID().toString(), table::applied, edge, fleet),
        new ExplainPage(resolver, table, fleet, operators),
        new RoutesPage(table, operators),
        new DefaultsPage(settings.edge()));
    ready.set(() -> edge.isOpen() && table.freshness() != Freshness.EMPTY);
  }

  private static OperatorRoutes operators(RouterSettings settings, Targets targets) {
    return new OperatorRoutes(settings.gateway(), targets, Set.of(settings.portalHost()));
  }

  private static RouterPresence presence(
      RouterSettings settings, Database database, int managementPort) {
    return new RouterPresence(
        database, settings.id(), settings.management().host() + ":" + managementPort);
  }

  private static void gauges(RouterMetrics metrics, Waker waker, Fleet fleet) {
    metrics.gauge(
        "lmnop_router_wake_calls", "", "Times the provider was asked to start.", waker::made);
    metrics.gauge(
        "lmnop_router_endpoints_unsupported",
        "",
        "Endpoints that are left out because of what they speak.",
        fleet::unsupported);
  }

  private void pages(
      InFlightPage inFlight, ExplainPage explain, RoutesPage routes, DefaultsPage defaults) {
    management.page("/inflight", uri -> inFlight.answer());
    management.page("/explain", explain::answer);
    management.page("/routes", uri -> routes.answer());
    management.page("/defaults", uri -> defaults.answer());
  }

  /** Starts a router that takes requests when this returns. */
  public static Router start(RouterSettings settings) throws IOException, InterruptedException {
    return new Router(settings);
  }

  private @Nullable AccessLog accessLog(RouterSettings settings, RouterMetrics metrics)
      throws IOException {
    RouterSettings.Access access = settings.accessLog();
    if (!access.on()) {
      return null;
    }
    AccessLog log =
        parts.add(
            "access-log",
            AccessLog.open(
                settings.data().resolve("access/access.log"),
                access.size().toBytes(),
                access.files()));
    metrics.gauge(
        "lmnop_router_access_lines_lost", "", "Lines of the access log left out.", log::lost);
    return log;
  }

  private Listener[] listeners(RouterSettings settings, RouterMetrics metrics) throws IOException {
    List<Listener> listeners = new ArrayList<>();
    listeners.add(new Listener(settings.listen().host(), settings.listen().port(), null));
    if (settings.tls().certificates() != null) {
      listeners.add(secure(settings.tls(), settings.tls().certificates(), metrics));
    }
    RouterSettings.Internal internal = settings.internal();
    if (internal.port() != null) {
      listeners.add(Listener.internal(internal.host(), internal.port()));
    }
    listeners.add(Listener.innerDoor());
    return listeners.toArray(Listener[]::new);
  }

  private Listener secure(RouterSettings.Tls tls, Path directory, RouterMetrics metrics)
      throws IOException {
    Certificates certificates = parts.add("certificates", Certificates.in(directory, tls.reload()));
    metrics.gauge(
        "lmnop_router_certificates_refused",
        "",
        "Certificates that cannot be used as they are.",
        certificates::refusals);
    metrics.gauge(
        "lmnop_router_certificate_ends_seconds",
        "",
        "When the first certificate ends, since 1970.",
        certificates::firstEnd);
    return new Listener(tls.host(), tls.port(), certificates);
  }

  /** What no operator's route may lead to. */
  private static List<Targets.Own> own(RouterSettings settings) {
    List<Targets.Own> own = new ArrayList<>();
    own.add(
        new Targets.Own(
            "the router's own listener", settings.listen().host(), settings.listen().port()));
    if (settings.tls().certificates() != null) {
      own.add(
          new Targets.Own(
              "the router's own listener", settings.tls().host(), settings.tls().port()));
    }
    if (settings.internal().port() != null) {
      own.add(
          new Targets.Own(
              "the router's internal listener",
              settings.internal().host(),
              settings.internal().port()));
    }
    own.add(
        new Targets.Own(
            "the router's management listener",
            settings.management().host(),
            settings.management().port()));
    own.add(
        new Targets.Own("the database", settings.database().host(), settings.database().port()));
    own.add(Targets.Own.of("the provider", settings.provider().url()));
    own.add(Targets.Own.of("the control plane", settings.controlPlane()));
    return own;
  }

  private static SnapshotKeeper keep(
      RouteTable table, RouterSettings settings, InstantSource clock) {
    return SnapshotKeeper.start(
        table,
        settings.data().resolve("routes"),
        settings.snapshot().every(),
        settings.snapshot().size().toBytes(),
        clock);
  }

  private PrometheusMeterRegistry registry(Database database) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    parts.add("jvm-gauges", JvmGauges.bind(registry));
    database.show(registry);
    return registry;
  }

  /** What {@code /health/ready} says to whoever asks. */
  private String words(RouteTable table) {
    String state = table.freshness().tag();
    return isReady()
        ? "ready: the route table is %s, %d s old".formatted(state, table.age().toSeconds())
        : "not ready: the route table is " + state;
  }

  private boolean isReady() {
    BooleanSupplier started = ready.get();
    return started != null && started.getAsBoolean();
  }

  /** The port of the public listener. */
  public int port() {
    return edge.port();
  }

  /** The port of the encrypted listener, if there is one. */
  public int securePort() {
    return edge.port(1);
  }

  /** The port of the internal listener, if there is one. */
  public int internalPort() {
    return edge.port(edge.listeners() - 2); // before the inner gateway's
  }

  /** The port of the management listener. */
  public int managementPort() {
    return management.port();
  }

  /** Waits until the process is asked to end. */
  public void runUntilStopped() throws InterruptedException {
    parts.runUntilStopped();
  }

  @Override
  public void close() {
    parts.close();
  }
}
