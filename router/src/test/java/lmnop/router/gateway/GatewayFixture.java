package lmnop.router.gateway;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.settings.Settings;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RegistryUnavailable;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.Routes;
import lmnop.router.accesslog.AccessLog;
import lmnop.router.balance.Fleet;
import lmnop.router.edge.Edge;
import lmnop.router.edge.EdgeContext;
import lmnop.router.edge.EdgeSettings;
import lmnop.router.edge.Listener;
import lmnop.router.edge.TrustedProxies;
import lmnop.router.limits.Rates;
import lmnop.router.metrics.RouterMetrics;
import lmnop.router.resolve.Resolver;
import lmnop.router.wake.Waker;
import org.jspecify.annotations.Nullable;

/** Both layers of a router, over a routing table in a map. */
final class GatewayFixture implements AutoCloseable {
  final MapTable table = new MapTable();
  final RouterMetrics metrics = new RouterMetrics();
  final Path file;
  final Path accessFile;
  final OperatorRoutes operators;
  final Gateway gateway;
  final Edge edge;
  private final Waker waker;
  private final AccessLog accessLog;

  /** One that has started. */
  GatewayFixture(Path directory, String routes, String localTargets)
      throws IOException, InterruptedException {
    this(directory, routes, localTargets, Map.of());
    start();
  }

  /**
   * One whose inner gateway has not started.
   *
   * @param more settings of the edge
   */
  GatewayFixture(Path directory, String routes, String localTargets, Map<String, String> more)
      throws IOException, InterruptedException {
    file = Files.writeString(directory.resolve("routes.yml"), routes);
    accessFile = directory.resolve("access.log");
    accessLog = AccessLog.open(accessFile, 1 << 20, 2);
    Path token = directory.resolve("waker");
    new CredentialFile(token).write(new Token("wake-up"));
    waker = new Waker(URI.create("http://127.0.0.1:1"), token);
    Targets targets = new Targets(List.of(localTargets.split(",")), List.of());
    operators =
        new OperatorRoutes(
            Settings.bind(GatewaySettings.class, Map.of("routes", file.toString(), "reload", "1h")),
            targets,
            Set.of("portal.example.com"));
    gateway =
        new Gateway("portal.example.com", URI.create("http://127.0.0.1:1"), operators, targets);
    Fleet fleet = new Fleet(() -> false, () -> 1);
    Map<String, String> settings = new HashMap<>(more);
    settings.putAll(Map.of("event-loops", "2", "drain-time", "3s"));
    EdgeContext context =
        new EdgeContext(
            Settings.bind(EdgeSettings.class, settings),
            TrustedProxies.of(List.of()),
            null,
            new Resolver("apps.example.com", "portal.example.com"),
            table,
            fleet,
            waker,
            new Rates(),
            metrics,
            accessLog,
            gateway.door());
    Listener plain = new Listener("127.0.0.1", 0, null);
    edge =
        Edge.bind(context.settings(), context.trusted(), plain, Listener.innerDoor()).open(context);
  }

  void start() {
    gateway.startInBackground(edge.port(1), () -> {});
    await().atMost(Duration.ofSeconds(90)).until(() -> gateway.door().address().get() != null);
  }

  /** A routing table in a map. */
  static final class MapTable implements Routes {
    final Map<RouteKey, HostRoutes> known = new ConcurrentHashMap<>();
    volatile boolean away;

    /** A function of the owner {@code default} with one instance, and a host of its own. */
    void function(String name, int port) {
      FunctionRoutes.Share share =
          new FunctionRoutes.Share(
              1,
              1,
              "default",
              name + "-1",
              100,
              RoutePolicy.DEFAULT,
              List.of(new FunctionRoutes.Endpoint("i1", "http", "127.0.0.1", port, "", "http1")));
      FunctionRoutes function =
          new FunctionRoutes(name.hashCode(), name, "default", List.of(share));
      HostRoutes routes = new HostRoutes(1, List.of(new HostRoutes.Rule("/", null, function)));
      known.put(new RouteKey.Host(name + ".apps.example.com"), routes);
      known.put(new RouteKey.Named("default", name), routes);
    }

    void row(String host, String gatewayRoute) {
      known.put(
          new RouteKey.Host(host),
          new HostRoutes(1, List.of(new HostRoutes.Rule("/", gatewayRoute, null))));
    }

    @Override
    public @Nullable HostRoutes cached(RouteKey key) {
      return known.get(key);
    }

    @Override
    public CompletionStage<HostRoutes> resolve(RouteKey key) {
      return away
          ? CompletableFuture.failedFuture(new RegistryUnavailable("away", null))
          : CompletableFuture.completedFuture(known.getOrDefault(key, HostRoutes.NONE));
    }

    @Override
    public boolean endpointsAreOld() {
      return false;
    }

    @Override
    public void onChange(LongConsumer listener) {}
  }

  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), edge.port());
    socket.setSoTimeout(60_000);
    return socket;
  }

  static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  static String readUntil(Socket socket, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        return text + "<end>";
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** A whole answer to one request. */
  String get(String host, String target, String... headers) throws IOException {
    try (Socket socket = connect()) {
      StringBuilder request =
          new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
      for (String header : headers) {
        request.append(header).append("\r\n");
      }
      send(socket, request + "Connection: close\r\n\r\n");
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  String metrics() {
    return metrics.text();
  }

  @Override
  public void close() throws InterruptedException {
    edge.close();
    gateway.close();
    operators.close();
    waker.close();
    accessLog.close();
  }
}
