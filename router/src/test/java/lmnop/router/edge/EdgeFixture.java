package lmnop.router.edge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.operations.archive.Trees;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.settings.Settings;
import lmnop.router.accesslog.AccessLog;
import lmnop.router.balance.Fleet;
import lmnop.router.limits.Rates;
import lmnop.router.metrics.RouterMetrics;
import lmnop.router.resolve.Resolver;
import lmnop.router.tls.Certificates;
import lmnop.router.wake.Waker;
import org.jspecify.annotations.Nullable;

/** An edge on a free port over a routing table in a map. */
final class EdgeFixture implements AutoCloseable {
  final MapRoutes routes = new MapRoutes();
  final RouterMetrics metrics = new RouterMetrics();
  final Fleet fleet = new Fleet(routes::endpointsAreOld, () -> 1);
  final AtomicReference<@Nullable InetSocketAddress> gateway = new AtomicReference<>();
  final Waker waker;
  private final Path accessFolder = Files.createTempDirectory("lmnop-access");
  final Path accessFile = accessFolder.resolve("access.log");
  private final AccessLog accessLog = AccessLog.open(accessFile, 1 << 20, 2);
  private final Path token;
  final Edge edge;

  private EdgeFixture(
      int providerPort, @Nullable Certificates certificates, Map<String, String> settings)
      throws IOException, InterruptedException {
    token = Files.createTempDirectory("lmnop-router").resolve("waker");
    new CredentialFile(token).write(new Token("wake-up"));
    waker = new Waker(URI.create("http://127.0.0.1:" + providerPort), token);
    String redirect = settings.remove("redirect");
    EdgeSettings edgeSettings = Settings.bind(EdgeSettings.class, settings);
    EdgeContext context =
        new EdgeContext(
            edgeSettings,
            TrustedProxies.of(edgeSettings.trustedProxies()),
            redirect == null ? null : Integer.valueOf(redirect),
            new Resolver("apps.example.com", "portal.example.com"),
            routes,
            fleet,
            waker,
            new Rates(),
            metrics,
            accessLog,
            new EdgeContext.InnerGateway(
                gateway::get, "secret", GatewayHosts.NONE, new Token("back")));
    Listener plain = new Listener("127.0.0.1", 0, null);
    Listener internal = Listener.internal("127.0.0.1", 0);
    Listener[] wanted =
        certificates == null
            ? new Listener[] {plain, internal}
            : new Listener[] {plain, new Listener("127.0.0.1", 0, certificates), internal};
    edge = Edge.bind(edgeSettings, context.trusted(), wanted).open(context);
  }

  /** Starts with settings that differ from the defaults: key, value, key, value … */
  static EdgeFixture start(String... settings) throws IOException, InterruptedException {
    return withProvider(1, settings);
  }

  static EdgeFixture withProvider(int port, String... settings)
      throws IOException, InterruptedException {
    return new EdgeFixture(port, null, map(settings));
  }

  /** Starts with a second listener, which is encrypted. */
  static EdgeFixture secure(Certificates certificates, String... settings)
      throws IOException, InterruptedException {
    return new EdgeFixture(1, certificates, map(settings));
  }

  private static Map<String, String> map(String... settings) {
    Map<String, String> map = new LinkedHashMap<>(Map.of("event-loops", "2", "drain-time", "3s"));
    for (int i = 0; i < settings.length; i += 2) {
      map.put(settings[i], settings[i + 1]);
    }
    return map;
  }

  Visitor visit() throws IOException {
    return new Visitor(edge.port());
  }

  /** A client that came through the internal listener. */
  Visitor visitInternally() throws IOException {
    return new Visitor(edge.port(edge.listeners() - 1));
  }

  /** Sends one request on a connection of its own. */
  Visitor.Reply get(String host, String target) throws IOException {
    try (Visitor visitor = visit()) {
      return visitor.get(host, target).reply();
    }
  }

  @Override
  public void close() throws InterruptedException {
    edge.close();
    waker.close();
    accessLog.close();
    try {
      Files.delete(token);
      Files.delete(token.getParent());
      Trees.delete(accessFolder); // with the files that it was rotated into
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
