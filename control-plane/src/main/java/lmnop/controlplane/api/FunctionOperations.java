package lmnop.controlplane.api;

import java.util.List;
import java.util.Objects;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.overview.FunctionLine;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.revisions.Revision;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What is read of functions. */
final class FunctionOperations {
  private static final String NUMBER = "[1-9][0-9]{0,8}";

  private final Overview overview;
  private final Revisions revisions;
  private final ReleaseHistory releases;
  private final Crashes crashes;
  private final Crossing crossing;

  FunctionOperations(Api.Needs needs) {
    this.overview = needs.overview();
    this.revisions = needs.revisions();
    this.releases = needs.releases();
    this.crashes = needs.crashes();
    this.crossing = needs.crossing();
  }

  Mono<ServerResponse> list(ServerRequest request) {
    Parameters query = Parameters.of(request);
    OwnerName owner = query.value("owner", OwnerName::new);
    String text = Objects.requireNonNullElse(query.text("search"), "");
    FunctionLine.State state = query.value("state", FunctionLine.State::of);
    int limit = query.limit();
    Cursor cursor = query.cursor();
    query.check();
    return overview
        .list(Actor.of(request), new Overview.Wanted(owner, text, state), after(cursor), limit + 1)
        .map(found -> Answer.page(found, limit, FunctionOperations::place, Shapes::function))
        .flatMap(Answer::sent);
  }

  private static Overview.After after(@Nullable Cursor cursor) {
    return cursor == null ? Overview.After.NOTHING : Overview.After.parse(cursor.last());
  }

  private static Cursor place(FunctionLine line) {
    return new Cursor(Overview.After.of(line).toString());
  }

  Mono<ServerResponse> one(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return overview
        .one(named.owner(), named.function())
        .switchIfEmpty(Mono.error(() -> Api.unknown(named)))
        .flatMap(view -> Answer.ok(Shapes.function(view)).sent(view.mark()));
  }

  Mono<ServerResponse> routes(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return overview
        .routes(named.owner(), named.function())
        .collectList()
        .map(found -> Answer.all(found, Shapes::route))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> revisions(ServerRequest request, NamedFunction named) {
    Parameters query = Parameters.of(request);
    int limit = query.limit();
    long before = query.before();
    query.check();
    return kept(named)
        .map(all -> all.stream().filter(one -> one.number() < before).toList())
        .map(found -> Answer.page(found, limit, FunctionOperations::place, Shapes::revision))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> revision(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    int number = number(request, "a revision");
    return kept(named)
        .flatMapIterable(all -> all)
        .filter(one -> one.number() == number)
        .next()
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "%s has no revision %d that is kept.".formatted(named.function(), number))))
        .flatMap(found -> Answer.ok(Shapes.revision(found)).sent());
  }

  /** A function that was never built has none. */
  private Mono<List<Revision>> kept(NamedFunction named) {
    return revisions.of(named.owner(), named.function()).onErrorReturn(Refused.class, List.of());
  }

  private static Cursor place(Revision revision) {
    return new Cursor(String.valueOf(revision.number()));
  }

  Mono<ServerResponse> releases(ServerRequest request, NamedFunction named) {
    Parameters query = Parameters.of(request);
    int limit = query.limit();
    long before = query.before();
    query.check();
    return releases
        .of(named.owner(), named.function(), before, limit + 1)
        .collectList()
        .map(found ->
            Answer.page(found, limit, one -> new Cursor(String.valueOf(one.id())), Shapes::release))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> release(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    int number = number(request, "a release");
    return releases
        .one(named.owner(), named.function(), number)
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "%s has no release %d.".formatted(named.function(), number))))
        .flatMap(found -> Answer.ok(Shapes.release(found)).sent());
  }

  Mono<ServerResponse> crashes(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return crossing
        .call(() -> crashes.of(named.owner(), named.function()))
        .map(found -> Answer.all(found, Shapes::crash))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> crash(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    int number = number(request, "a crash");
    return crossing
        .call(() -> crashes.one(named.owner(), named.function(), number))
        .onErrorMap(
            Refused.class,
            e ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "%s has no crash %d.".formatted(named.function(), number)))
        .flatMap(found -> Answer.ok(Shapes.crash(found)).sent());
  }

  private static int number(ServerRequest request, String what) {
    String text = request.pathVariable("number");
    if (!text.matches(NUMBER)) {
      throw new Refusal(
          HttpStatus.NOT_FOUND, "The address names no number of %s at its end.".formatted(what));
    }
    return Integer.parseInt(text);
  }
}
