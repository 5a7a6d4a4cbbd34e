package lmnop.controlplane.api;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.state.Apps;
import lmnop.controlplane.state.HealthWatch;
import lmnop.controlplane.templates.OfferedTemplate;
import lmnop.controlplane.templates.Templates;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** What is there beside functions: templates, and what routers say of a URL. */
final class PlatformOperations {
  private final Accounts accounts;
  private final HealthWatch health;
  private final Templates templates;
  private final Routers routers;
  private final Crossing crossing;
  private final Apps apps;
  private final Watching watching;

  PlatformOperations(Api.Needs needs, Watching watching) {
    this.watching = watching;
    this.apps = new Apps(needs.database());
    this.accounts = needs.accounts();
    this.health = needs.health();
    this.templates = needs.templates();
    this.routers = needs.routers();
    this.crossing = needs.crossing();
  }

  Mono<ServerResponse> templates(ServerRequest request) {
    return Answer.list(
        request,
        templates.offered().flatMapIterable(all -> all),
        OfferedTemplate::name,
        Shapes::template);
  }

  /** What was found of each part within the last seconds; the words are for administrators. */
  Mono<ServerResponse> platform(ServerRequest request) {
    Parameters.of(request).check();
    return state(request).sent();
  }

  /** The same, again each time that something of it has changed. */
  Mono<ServerResponse> events(ServerRequest request) {
    Parameters.of(request).check();
    boolean words = Actor.of(request).mayEverything();
    return watching.answer(
        request,
        "platform",
        Mono.fromSupplier(health::parts)
            .map(parts -> new Watching.Seen(states(parts), state(parts, words).seen().shape())));
  }

  /** What is found in words is another time each time. */
  private static List<Boolean> states(List<HealthWatch.Part> parts) {
    return parts.stream().map(HealthWatch.Part::ok).toList();
  }

  private Answer state(ServerRequest request) {
    return state(health.parts(), Actor.of(request).mayEverything());
  }

  private static Answer state(List<HealthWatch.Part> parts, boolean words) {
    return Answer.all(parts, part -> Shapes.part(part, words));
  }

  /** The other apps, for administrators. */
  Mono<ServerResponse> apps(ServerRequest request) {
    Parameters.of(request).check();
    return apps.heard().flatMap(heard -> Answer.ok(Shapes.apps(heard)).sent());
  }

  /** What a router says; of what belongs to nobody, to administrators only. */
  Mono<ServerResponse> explain(ServerRequest request) {
    Parameters query = Parameters.of(request);
    String url = Objects.requireNonNullElse(query.text("url"), "");
    query.check();
    if (url.isEmpty()) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "'url' is missing: say which one, as ?url=http://host/path.");
    }
    return crossing
        .call(() -> routers.explain(url))
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "No router answers at the moment: try again in a few seconds.",
                    Map.of("Retry-After", "5"))))
        .filterWhen(page -> maySee(Actor.of(request), page))
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND, "This URL leads to no function that is yours to see.")))
        .flatMap(page -> Answer.ok(page).sent());
  }

  private Mono<Boolean> maySee(Actor actor, JsonNode page) {
    if (actor.mayEverything()) {
      return Mono.just(true);
    }
    String function = page.path("function").asString("");
    try {
      String owner = function.substring(function.lastIndexOf('.') + 1);
      return accounts.may(actor, Right.READ, new OwnerName(owner));
    } catch (InvalidName e) {
      return Mono.just(false);
    }
  }
}
