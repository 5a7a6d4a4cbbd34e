package lmnop.controlplane.api;

import java.util.function.Function;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.revisions.Asked;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What is done to functions: who gets their traffic, how many instances run, and their end. */
final class TrafficOperations {
  private static final int LARGEST = 999_999_999; // numbers of revisions
  private static final int MOST_INSTANCES = 100;

  private final Once once;
  private final Overview overview;
  private final Revisions revisions;
  private final Deletions deletions;
  private final Scaling scaling;
  private final Crossing crossing;

  TrafficOperations(Api.Needs needs, Once once) {
    this.once = once;
    this.overview = needs.overview();
    this.revisions = needs.revisions();
    this.deletions = needs.deletions();
    this.scaling = needs.scaling();
    this.crossing = needs.crossing();
  }

  Mono<ServerResponse> rollBack(ServerRequest request, NamedFunction named) {
    return release(
        request,
        named,
        body -> {
          @Nullable Integer revision = body.number("revision", 1, LARGEST);
          return actor -> revisions.rollBack(named.owner(), named.function(), revision, actor);
        });
  }

  Mono<ServerResponse> split(ServerRequest request, NamedFunction named) {
    return release(
        request,
        named,
        body -> {
          int revision = body.requiredNumber("revision", 1, LARGEST);
          int percent = body.requiredNumber("percent", 0, 100);
          return actor ->
              revisions.split(named.owner(), named.function(), revision, percent, actor);
        });
  }

  Mono<ServerResponse> promote(ServerRequest request, NamedFunction named) {
    return release(
        request,
        named,
        body -> {
          String branch = body.requiredText("branch");
          return actor -> revisions.promote(named.owner(), named.function(), branch, actor);
        });
  }

  private static void check(ServerRequest request, JsonBody body) {
    Parameters.of(request).check();
    body.check();
  }

  /**
   * Asks for a release.
   *
   * @param wanted reads the body, all of it before anything is done, and says what an actor asks
   *     for
   */
  private Mono<ServerResponse> release(
      ServerRequest request,
      NamedFunction named,
      Function<JsonBody, Function<String, Mono<Asked>>> wanted) {
    String actor = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          Function<String, Mono<Asked>> asking = wanted.apply(body);
          check(request, body);
          Mono<String> mark = overview.lockedMark(named.owner(), named.function());
          Mono<Answer> work =
              Precondition.check(request, mark)
                  .then(Mono.defer(() -> asking.apply(actor)))
                  .map(asked ->
                      Answer.accepted(
                          Api.ROOT + named.path() + "/releases/" + asked.release(),
                          Shapes.asked(asked)));
          return once.answer(request, body, work).flatMap(Answer::sent);
        });
  }

  Mono<ServerResponse> scale(ServerRequest request, NamedFunction named) {
    String actor = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          int instances = body.requiredNumber("instances", 0, MOST_INSTANCES);
          @Nullable Integer revision = body.number("revision", 1, LARGEST);
          check(request, body);
          return Precondition.check(request, overview.mark(named.owner(), named.function()))
              .then(
                  crossing.call(() ->
                      scaling.scale(named.owner(), named.function(), revision, instances, actor)));
        })
        .flatMap(done -> Answer.ok(Shapes.scaled(done.revision(), done.instances())).sent());
  }

  Mono<ServerResponse> scaleByLoad(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    String actor = Actor.of(request).name();
    return Precondition.check(request, overview.mark(named.owner(), named.function()))
        .then(crossing.call(() -> scaling.giveBack(named.owner(), named.function(), actor)))
        .flatMap(before -> Answer.ok(Shapes.givenBack(before.orElse(null))).sent());
  }

  /**
   * The name is in the request twice, so that no slip of an address deletes a function. Whether it
   * is there is asked behind the key: who asks once more is told that it was deleted.
   */
  Mono<ServerResponse> delete(ServerRequest request, NamedFunction named) {
    Parameters query = Parameters.of(request);
    String confirmed = query.text("confirm");
    query.check();
    if (!named.function().value().equals(confirmed)) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST,
          "Nothing is deleted: repeat the function's name, as ?confirm=%s."
              .formatted(named.function()));
    }
    String actor = Actor.of(request).name();
    Mono<String> mark =
        overview
            .lockedMark(named.owner(), named.function())
            .switchIfEmpty(Mono.error(() -> Api.unknown(named)));
    Mono<Answer> work =
        mark.flatMap(now ->
            Precondition.check(request, Mono.just(now))
                .then(deletions.delete(named.owner(), named.function(), actor))
                .map(deleted ->
                    new Answer(202, null, Answer.ok(Shapes.deletion(deleted.id())).body())));
    return JsonBody.of(request)
        .flatMap(body -> {
          body.check();
          return once.answer(request, body, work);
        })
        .flatMap(Answer::sent);
  }
}
