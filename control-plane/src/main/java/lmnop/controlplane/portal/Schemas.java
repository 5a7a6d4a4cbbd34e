package lmnop.controlplane.portal;

import java.time.Duration;
import java.util.List;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * What editors check {@code function.yml} and {@code stack.yml} against: the same in every
 * installation, and open to editors, which cannot sign in.
 */
final class Schemas implements WebFeature {
  private static final CacheControl FOR_A_WHILE = CacheControl.maxAge(Duration.ofMinutes(5));

  @Override
  public List<Route> routes() {
    return List.of(route("function.json"), route("stack.json"));
  }

  private static Route route(String file) {
    return Route.get("/schema/" + file, Access.everybody(), request -> schema(file));
  }

  private static Mono<ServerResponse> schema(String file) {
    return ServerResponse.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .cacheControl(FOR_A_WHILE)
        .header("Access-Control-Allow-Origin", "*") // editors in browsers
        .bodyValue(new ClassPathResource("lmnop/schema/" + file));
  }
}
