package lmnop.controlplane.web;

import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RequestPredicate;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * A request that is answered: there is no way to write one without saying who may make it.
 *
 * @param path a pattern, in which {@code {name}} is a variable
 * @param when what else tells it from routes of the same path; the first that fits answers
 */
public record Route(
    HttpMethod method,
    String path,
    RequestPredicate when,
    Access access,
    HandlerFunction<ServerResponse> handler) {
  public Route {
    if (access.needsOwnerInPath() && !path.contains("{" + Access.OWNER + "}")) {
      throw new IllegalArgumentException(
          path + " is declared for members of an owner, and names none: write {owner} or at(…)");
    }
    if (access.isForReadingOnly() && !method.equals(HttpMethod.GET)) {
      throw new IllegalArgumentException(
          path + " takes any proof, and so a session whose form was not looked at: only GET may");
    }
  }

  /** A page or what else is only read. */
  public static Route get(String path, Access access, HandlerFunction<ServerResponse> handler) {
    return new Route(HttpMethod.GET, path, RequestPredicates.all(), access, handler);
  }

  /** A form, or what else is sent. */
  public static Route post(String path, Access access, HandlerFunction<ServerResponse> handler) {
    return new Route(HttpMethod.POST, path, RequestPredicates.all(), access, handler);
  }

  /** The same by any other method. */
  public static Route by(
      HttpMethod method, String path, Access access, HandlerFunction<ServerResponse> handler) {
    return new Route(method, path, RequestPredicates.all(), access, handler);
  }

  /** The same for some requests only. */
  public Route when(RequestPredicate predicate) {
    return new Route(method, path, predicate, access, handler);
  }

  /** Whether the request is for this path, by whatever method. */
  boolean isAt(ServerRequest request) {
    return PathPatternParser.defaultInstance
        .parse(path)
        .matches(request.requestPath().pathWithinApplication());
  }

  RouterFunction<ServerResponse> behind(Entrance entrance) {
    return RouterFunctions.route(
        RequestPredicates.methods(methods()).and(RequestPredicates.path(path)).and(when),
        request -> entrance.admit(request, access, handler));
  }

  /** By what it is asked for; whoever asks by HEAD is told what GET would say, without the body. */
  HttpMethod[] methods() {
    return method.equals(HttpMethod.GET)
        ? new HttpMethod[] {method, HttpMethod.HEAD}
        : new HttpMethod[] {method};
  }

  @Override
  public String toString() {
    return method + " " + path;
  }
}
