package lmnop.router.edge;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.DefaultEventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import lmnop.operations.credentials.Token;
import lmnop.operations.settings.Settings;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RouteTable;
import lmnop.router.balance.Fleet;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.limits.Rates;
import lmnop.router.metrics.RouterMetrics;
import lmnop.router.resolve.Resolver;
import lmnop.router.wake.Waker;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The look over a browser's headers, and what a function gets instead of them. */
@State(Scope.Thread)
public class RewriteBench {
  private final DefaultEventLoop loop = new DefaultEventLoop();
  private final HttpHeaders sent = sent();
  private final RouterMetrics metrics = new RouterMetrics();
  private final Fleet fleet = new Fleet();
  private final HostRoutes routes = new HostRoutes(1, List.of());
  private final FunctionTraffic traffic =
      FunctionTraffic.of(
          new FunctionRoutes(1, "hello", "default", List.of()),
          metrics.function("hello.default"),
          fleet);
  private final Stranger client =
      new Stranger(lane(), new Peer("203.0.113.8", false, false, false, null, false));

  private static HttpHeaders sent() {
    return DefaultHttpHeadersFactory.headersFactory()
        .newHeaders()
        .add("Host", "hello.apps.example.com")
        .add("Connection", "keep-alive")
        .add("Cache-Control", "max-age=0")
        .add("Upgrade-Insecure-Requests", "1")
        .add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)")
        .add("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .add("Accept-Encoding", "gzip, deflate, br")
        .add("Accept-Language", "en-GB,en;q=0.9")
        .add("Cookie", "session=0123456789abcdef")
        .add("X-Forwarded-For", "203.0.113.7");
  }

  private Lane lane() {
    EdgeSettings settings = Settings.bind(EdgeSettings.class, Map.of());
    RouteTable table =
        new RouteTable(
            key -> CompletableFuture.completedFuture(routes),
            new SimpleMeterRegistry(),
            InstantSource.system());
    EdgeContext context =
        new EdgeContext(
            settings,
            TrustedProxies.of(settings.trustedProxies()),
            null,
            new Resolver("apps.example.com", "portal.example.com"),
            table,
            fleet,
            new Waker(URI.create("http://127.0.0.1:1"), Path.of("nobody-is-woken")),
            new Rates(),
            metrics,
            null,
            new EdgeContext.InnerGateway(
                () -> null, "secret", GatewayHosts.NONE, new Token("back")));
    return new Lane(loop, context, Transport.choose("nio"), new Occupancy<>(), work -> {});
  }

  private HttpRequest request() {
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1, HttpMethod.GET, "/some/path?and=query", sent.copy());
  }

  /** What the other one costs before it begins: a request's head, copied. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  public HttpRequest copyOnly() {
    return request();
  }

  /** The steps CHECK and REWRITE. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  public HttpRequest checkAndRewrite() {
    Exchange exchange = new Exchange(client, request());
    RequestCheck.run(exchange);
    exchange.forFunction(routes, traffic, exchange.target());
    RequestRewrite.run(exchange);
    return exchange.request();
  }

  /** Ends the loop, which sweeps in vain. */
  @TearDown
  public void stop() {
    loop.shutdownGracefully();
    client.lane().context().waker().close();
  }
}
