package lmnop.controlplane.web;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.HandlerStrategies;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A listener of the control plane: the routes of its features behind one entrance. */
public final class WebServer implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(75); // between two requests
  private static final Duration CLOSED = Duration.ofMillis(500);
  private static final int LONGEST_LINE = 8 * 1024;
  private static final int LONGEST_HEADERS = 16 * 1024;

  private final DisposableServer server;
  private final Farewell farewell;
  private final List<Route> routes;

  private WebServer(DisposableServer server, Farewell farewell, List<Route> routes) {
    this.server = server;
    this.farewell = farewell;
    this.routes = routes;
  }

  /** Starts to listen where no browser comes. */
  public static WebServer start(
      String name, ListenSettings settings, Entrance entrance, List<WebFeature> features) {
    return start(name, settings, entrance, features, null);
  }

  /**
   * Starts to listen.
   *
   * @param entrance sees every request first, also those that no feature answers
   * @param errors what browsers are shown where something is refused or fails
   */
  public static WebServer start(
      String name,
      ListenSettings settings,
      Entrance entrance,
      List<WebFeature> features,
      @Nullable ErrorPage errors) {
    List<Route> routes = features.stream().flatMap(one -> one.routes().stream()).toList();
    Farewell farewell = new Farewell(settings);
    HttpServer http =
        HttpServer.create()
            .host(settings.host())
            .port(settings.port())
            .idleTimeout(IDLE)
            .httpRequestDecoder(
                spec -> spec.maxInitialLineLength(LONGEST_LINE).maxHeaderSize(LONGEST_HEADERS))
            .doOnChannelInit((observer, channel, remote) -> SecurityHeaders.alsoOf(channel))
            .channelGroup(farewell.connections())
            .handle(
                farewell.before(new ReactorHttpHandlerAdapter(handler(entrance, routes, errors))));
    try {
      return new WebServer(http.bindNow(), farewell, routes);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "the %s listener cannot use %s:%d, is something else there? (%s)"
              .formatted(name, settings.host(), settings.port(), e.getMessage()),
          e);
    }
  }

  private static HttpHandler handler(
      Entrance entrance, List<Route> routes, @Nullable ErrorPage errors) {
    RouterFunction<ServerResponse> all = request -> Mono.empty();
    for (Route route : routes) {
      all = all.and(route.behind(entrance));
    }
    RouterFunction<ServerResponse> nothing =
        RouterFunctions.route(
            RequestPredicates.all(),
            request ->
                entrance.admit(request, Access.NOTHING_HERE, unknown -> nothing(unknown, routes)));
    return RouterFunctions.toHttpHandler(
        all.and(nothing),
        HandlerStrategies.builder()
            .webFilter(new SecurityHeaders())
            .webFilter(new UnreadBodies())
            .exceptionHandler(new ErrorAnswers(errors))
            .build());
  }

  /** Nothing is there, or not for this method. */
  private static Mono<ServerResponse> nothing(ServerRequest request, List<Route> routes) {
    TreeSet<String> methods =
        routes.stream()
            .filter(route -> route.isAt(request))
            .flatMap(route -> Stream.of(route.methods()))
            .map(HttpMethod::name)
            .collect(Collectors.toCollection(TreeSet::new));
    if (methods.isEmpty() || methods.contains(request.method().name())) {
      return Entrance.nothingHere();
    }
    String allowed = String.join(", ", methods);
    return Mono.error(() ->
        new Refusal(
            HttpStatus.METHOD_NOT_ALLOWED,
            "%s is not possible here, only %s.".formatted(request.method(), allowed),
            Map.of(HttpHeaders.ALLOW, allowed)));
  }

  /** All that it answers. */
  public List<Route> routes() {
    return routes;
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** Takes nobody more once others know that it stops, and lets those go who are being answered. */
  @Override
  public void close() {
    farewell.announce();
    server.dispose();
    server.channel().closeFuture().awaitUninterruptibly(CLOSED.toMillis());
    farewell.say();
  }
}
