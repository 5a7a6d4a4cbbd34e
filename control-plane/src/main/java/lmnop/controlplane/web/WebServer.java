package lmnop.controlplane.web;

import java.time.Duration;
import java.util.List;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.HandlerStrategies;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A listener of the control plane: the routes of its features behind one entrance. */
public final class WebServer implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(75); // between two requests
  private static final Duration STOPPING = Duration.ofSeconds(3);
  private static final int LONGEST_LINE = 8 * 1024;
  private static final int LONGEST_HEADERS = 16 * 1024;

  private final DisposableServer server;
  private final List<Route> routes;

  private WebServer(DisposableServer server, List<Route> routes) {
    this.server = server;
    this.routes = routes;
  }

  /**
   * Starts to listen.
   *
   * @param entrance sees every request first, also those that no feature answers
   */
  public static WebServer start(
      String name, ListenSettings settings, Entrance entrance, List<WebFeature> features) {
    List<Route> routes = features.stream().flatMap(one -> one.routes().stream()).toList();
    HttpServer http =
        HttpServer.create()
            .host(settings.host())
            .port(settings.port())
            .idleTimeout(IDLE)
            .httpRequestDecoder(
                spec -> spec.maxInitialLineLength(LONGEST_LINE).maxHeaderSize(LONGEST_HEADERS))
            .handle(new ReactorHttpHandlerAdapter(handler(entrance, routes)));
    try {
      return new WebServer(http.bindNow(), routes);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "the %s listener cannot use %s:%d, is something else there? (%s)"
              .formatted(name, settings.host(), settings.port(), e.getMessage()),
          e);
    }
  }

  private static HttpHandler handler(Entrance entrance, List<Route> routes) {
    RouterFunction<ServerResponse> all = request -> Mono.empty();
    for (Route route : routes) {
      all = all.and(route.behind(entrance));
    }
    RouterFunction<ServerResponse> nothing =
        RouterFunctions.route(
            RequestPredicates.all(),
            request ->
                entrance.admit(request, Access.NOTHING_HERE, unknown -> Entrance.nothingHere()));
    return RouterFunctions.toHttpHandler(
        all.and(nothing),
        HandlerStrategies.builder()
            .webFilter(new SecurityHeaders())
            .webFilter(new UnreadBodies())
            .exceptionHandler(new ErrorAnswers())
            .build());
  }

  /** All that it answers. */
  public List<Route> routes() {
    return routes;
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.disposeNow(STOPPING);
  }
}
