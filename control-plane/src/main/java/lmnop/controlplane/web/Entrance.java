package lmnop.controlplane.web;

import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The entrance of a listener: every request passes it before its route is asked, also one that has
 * no route.
 */
@FunctionalInterface
public interface Entrance {
  /** Only for those who hold a task, which each route asks for itself. */
  Entrance FOR_TASKS =
      (request, access, route) ->
          access.door() == Access.Door.TASK ? route.handle(request) : nothingHere();

  /** Lets the route answer, or does not. */
  Mono<ServerResponse> admit(
      ServerRequest request, Access access, HandlerFunction<ServerResponse> route);

  /** What everybody is told for whom there is nothing at an address. */
  static Mono<ServerResponse> nothingHere() {
    return Mono.error(() ->
        new Refusal(
            HttpStatus.NOT_FOUND, "There is nothing at this address, or it is not yours to see."));
  }
}
