package lmnop.controlplane.portal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.revisions.Revision;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * A function's pages: what it runs and has run, its crashes, and its end for those who manage it.
 */
final class RevisionPages implements WebFeature {
  private final Accounts accounts;
  private final Overview overview;
  private final Revisions revisions;
  private final FunctionUrls urls;
  private final CrashLook crashes;
  private final Deletions deletions;
  private final Usage usage;
  private final Pages pages;

  RevisionPages(
      Accounts accounts,
      Overview overview,
      Revisions revisions,
      FunctionUrls urls,
      CrashLook crashes,
      Deletions deletions,
      Usage usage,
      Pages pages) {
    this.accounts = accounts;
    this.overview = overview;
    this.revisions = revisions;
    this.urls = urls;
    this.crashes = crashes;
    this.deletions = deletions;
    this.usage = usage;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    Access member = Access.portal();
    String function = "/functions/{owner}/{function}";
    return List.of(
        Route.get(function, member.reader(), this::show),
        Route.get(function + "/crashes/{number}", member.reader(), this::crash),
        Route.post(function + "/delete", member.owner(), this::delete));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    Actor actor = Actor.of(request);
    boolean day = request.queryParam("window").filter("day"::equals).isPresent();
    Usage.Window window = day ? Usage.Window.DAY : Usage.Window.HOUR;
    return Mono.zip(
            kept(revisions, named),
            accounts.rights(actor, named.owner()),
            revisions.failure(named.owner(), named.function()),
            crashes.of(named.owner(), named.function()),
            overview
                .one(named.owner(), named.function())
                .switchIfEmpty(Mono.error(() -> unknown(named))),
            usage.of(named.owner(), named.function(), window))
        .onErrorMap(Refused.class, e -> unknown(named))
        .flatMap(found -> {
          List<Revision> all = found.getT1();
          Map<String, Object> values = new LinkedHashMap<>();
          values.put("function", found.getT5());
          values.put("revisions", all);
          values.put("crashes", found.getT4());
          values.put("member", found.getT2().contains(Right.DEPLOY));
          values.put("manages", found.getT2().contains(Right.ADMIN));
          values.put("busy", all.stream().anyMatch(Revision::isBeingReleased));
          values.put("failure", found.getT3().orElse(""));
          values.put("urls", urls);
          values.put("window", Words.word(window));
          values.put("charts", Chart.of(found.getT6(), window.step().toMinutes()));
          values.put("rows", ChartRow.of(found.getT6()));
          return pages.show(request, "revisions.jte", values);
        });
  }

  /** The revisions of a function; one that was never built has none. */
  static Mono<List<Revision>> kept(Revisions revisions, NamedFunction named) {
    return revisions.of(named.owner(), named.function()).onErrorReturn(Refused.class, List.of());
  }

  /** What is said where there is no such function. */
  static Refusal unknown(NamedFunction named) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no function '%s' of %s.".formatted(named.function(), named.owner()));
  }

  /** Shows a crash with all that is known of it. */
  private Mono<ServerResponse> crash(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    return crashes
        .one(named.owner(), named.function(), request.pathVariable("number"))
        .onErrorMap(
            Refused.class, e -> new Refusal(HttpStatus.NOT_FOUND, String.valueOf(e.getMessage())))
        .flatMap(crash ->
            pages.show(
                request,
                "crash.jte",
                Map.of(
                    "owner", named.owner().value(),
                    "name", named.function().value(),
                    "crash", crash)));
  }

  /** Deletes the function. */
  private Mono<ServerResponse> delete(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    String actor = Actor.of(request).name();
    return request
        .formData()
        .flatMap(form -> {
          Pages.requireTyped(form, named.function().value());
          return deletions.delete(named.owner(), named.function(), actor);
        })
        .flatMap(deleted -> Pages.lead("/"))
        .onErrorResume(Refused.class, e -> pages.refused(request, named.path(), e));
  }
}
