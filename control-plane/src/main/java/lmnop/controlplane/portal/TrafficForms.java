package lmnop.controlplane.portal;

import java.util.List;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.http.HttpStatus;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What a function's page changes of what runs: which revision, its share, how many instances. */
final class TrafficForms implements WebFeature {
  private final Revisions revisions;
  private final Scaling scaling;
  private final Crossing crossing;
  private final Pages pages;

  TrafficForms(Revisions revisions, Scaling scaling, Crossing crossing, Pages pages) {
    this.revisions = revisions;
    this.scaling = scaling;
    this.crossing = crossing;
    this.pages = pages;
  }

  /** What is done with the numbers of a form. */
  private interface Change {
    Mono<?> with(NamedFunction named, MultiValueMap<String, String> form, String actor);
  }

  @Override
  public List<Route> routes() {
    Access developer = Access.portal().developer();
    String function = "/functions/{owner}/{function}";
    return List.of(
        Route.post(function + "/rollback", developer, request -> change(request, this::rollBack)),
        Route.post(function + "/promote", developer, request -> change(request, this::promote)),
        Route.post(function + "/split", developer, request -> change(request, this::split)),
        Route.post(function + "/scale", developer, request -> change(request, this::scale)));
  }

  /** Asks for it; the page shows how it goes on. */
  private Mono<ServerResponse> change(ServerRequest request, Change change) {
    NamedFunction named = NamedFunction.of(request);
    String actor = Actor.of(request).name();
    return pages.change(
        request, named.path(), request.formData().flatMap(form -> change.with(named, form, actor)));
  }

  private Mono<?> rollBack(NamedFunction named, MultiValueMap<String, String> form, String actor) {
    return revisions.rollBack(named.owner(), named.function(), number(form, "number"), actor);
  }

  private Mono<?> split(NamedFunction named, MultiValueMap<String, String> form, String actor) {
    int percent = number(form, "percent");
    if (percent < 0 || percent > 100) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "'percent' is %d: 0 to 100 are possible.".formatted(percent));
    }
    return revisions.split(named.owner(), named.function(), number(form, "number"), percent, actor);
  }

  private Mono<?> promote(NamedFunction named, MultiValueMap<String, String> form, String actor) {
    return revisions.promote(
        named.owner(), named.function(), Pages.field(form, "branch").replace("\0", ""), actor);
  }

  private Mono<?> scale(NamedFunction named, MultiValueMap<String, String> form, String actor) {
    if (form.containsKey("by-load")) {
      return crossing.call(() -> scaling.giveBack(named.owner(), named.function(), actor));
    }
    int revision = number(form, "number");
    int instances = number(form, "instances");
    return crossing.call(
        () -> scaling.scale(named.owner(), named.function(), revision, instances, actor));
  }

  private static int number(MultiValueMap<String, String> form, String field) {
    String text = Pages.field(form, field);
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "'%s' is '%s': a number is expected.".formatted(field, text));
    }
  }
}
