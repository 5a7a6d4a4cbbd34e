package lmnop.router.gateway;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.credentials.Token;
import lmnop.router.edge.EdgeContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.web.context.reactive.StandardReactiveWebEnvironment;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MutablePropertySources;

/**
 * The inner gateway: listens on a free loopback port, and takes only requests that carry the secret
 * of this start.
 *
 * <p>It starts beside the edge, which lets its requests wait until then.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  static final String PORTAL = EdgeContext.InnerGateway.PORTAL;

  private static final Path RESOLVER = Path.of("/etc/resolv.conf");

  private final String portalHost;
  private final URI controlPlane;
  private final OperatorRoutes operators;
  private final Targets targets;
  private final Token secret = Token.random(new SecureRandom());
  private final Token back = Token.random(new SecureRandom());
  private volatile @Nullable InetSocketAddress address;
  private @Nullable ConfigurableApplicationContext context;
  private boolean closed;

  /**
   * Prepares a gateway.
   *
   * @param controlPlane the control plane's public listener; its internal ones are never a target
   */
  public Gateway(String portalHost, URI controlPlane, OperatorRoutes operators, Targets targets) {
    this.portalHost = portalHost;
    this.controlPlane = controlPlane;
    this.operators = operators;
    this.targets = targets;
  }

  /** How the edge reaches this gateway. */
  public EdgeContext.InnerGateway door() {
    return new EdgeContext.InnerGateway(() -> address, secret.value(), operators, back);
  }

  /** What is waited for first. */
  @FunctionalInterface
  public interface Turn {
    void await() throws InterruptedException;
  }

  /**
   * Starts without keeping the caller.
   *
   * @param doorPort where the edge takes requests for functions from here
   * @param turn when it is the gateway's: its start costs others a second of a processor
   */
  public void startInBackground(int doorPort, Turn turn) {
    InetSocketAddress door = new InetSocketAddress(InetAddress.getLoopbackAddress(), doorPort);
    Thread.ofPlatform()
        .name("gateway-start")
        .daemon()
        .start(() -> {
          try {
            turn.await();
          } catch (InterruptedException e) {
            return;
          }
          start(door);
        });
  }

  private void start(InetSocketAddress door) {
    try {
      ConfigurableApplicationContext started = run(door);
      synchronized (this) {
        if (closed) {
          started.close();
          return;
        }
        context = started;
      }
      String port = started.getEnvironment().getProperty("local.server.port");
      address =
          new InetSocketAddress(
              InetAddress.getLoopbackAddress(),
              Integer.parseInt(Objects.requireNonNull(port, "a started server has a port")));
      log.info("the inner gateway takes {} to {}", portalHost, controlPlane);
    } catch (RuntimeException e) {
      log.error("the inner gateway did not start: {} is out of reach", portalHost, e);
    }
  }

  private ConfigurableApplicationContext run(InetSocketAddress door) {
    System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE); // logback.xml is ours
    return new SpringApplicationBuilder(GatewayParts.class)
        .web(WebApplicationType.REACTIVE)
        .bannerMode(Banner.Mode.OFF)
        .logStartupInfo(false)
        .registerShutdownHook(false)
        .addCommandLineProperties(false)
        .initializers(started ->
            started
                .getBeanFactory()
                .registerSingleton(
                    "given",
                    new GatewayParts.Given(
                        portalHost,
                        controlPlane,
                        WholeNames.of(String.valueOf(controlPlane.getHost()), RESOLVER),
                        operators,
                        targets,
                        secret,
                        door,
                        back)))
        .environment(new NothingFromOutside())
        .properties(properties())
        .run();
  }

  /** Neither the process's environment nor its system properties say anything about routes. */
  private static final class NothingFromOutside extends StandardReactiveWebEnvironment {
    @Override
    protected void customizePropertySources(MutablePropertySources sources) {
      // the properties below are all there is
    }
  }

  private static Map<String, Object> properties() {
    String gateway = "spring.cloud.gateway.server.webflux.";
    Map<String, Object> all = new HashMap<>();
    all.put("spring.config.location", "optional:classpath:/no-such-file/");
    all.put("server.address", "127.0.0.1");
    all.put("server.port", "0");
    all.put("server.max-http-request-header-size", "64KB");
    all.put("server.netty.max-initial-line-length", "16KB");
    all.put("server.forward-headers-strategy", "none");
    all.put("spring.main.lazy-initialization", "false");
    all.put("spring.jmx.enabled", "false");
    // The edge has ended all requests by then.
    all.put("spring.reactor.netty.shutdown-quiet-period", "0s");
    all.put(gateway + "httpclient.connect-timeout", "2000");
    all.put(gateway + "httpclient.response-timeout", "5m");
    all.put(gateway + "httpclient.max-header-size", "64KB");
    all.put(gateway + "httpclient.max-initial-line-length", "16KB");
    all.put(gateway + "httpclient.pool.max-idle-time", "15s");
    // Every piece is passed on at once: a push shows its build as it happens.
    all.put(gateway + "streaming-media-types", "*/*");
    // The edge has written these headers from the socket; here they are only passed on.
    all.put(gateway + "trusted-proxies", "127\\.0\\.0\\.1");
    all.put(gateway + "forwarded.enabled", "false");
    for (String header : new String[] {"for", "host", "port", "proto", "prefix"}) {
      all.put(gateway + "x-forwarded." + header + "-enabled", "false");
    }
    all.put(gateway + "globalcors.enabled", "false");
    all.put(gateway + "filter.json-to-grpc.enabled", "false"); // reads files that a route names
    all.put(gateway + "route-refresh-listener.enabled", "false");
    return all;
  }

  /** The classes that run inside. */
  synchronized List<String> parts() {
    ConfigurableApplicationContext running = context;
    if (running == null) {
      return List.of();
    }
    return Arrays.stream(running.getBeanDefinitionNames())
        .map(running::getType)
        .map(String::valueOf)
        .toList();
  }

  @Override
  public synchronized void close() {
    closed = true;
    address = null;
    if (context != null) {
      context.close();
    }
  }
}
