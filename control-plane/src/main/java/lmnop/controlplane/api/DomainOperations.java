package lmnop.controlplane.api;

import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.domains.Domain;
import lmnop.controlplane.domains.Domains;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.database.Database;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The domains of functions. */
final class DomainOperations {
  private final Domains domains;
  private final Crossing crossing;
  private final Database database;
  private final Once once;

  DomainOperations(Api.Needs needs, Once once) {
    this.once = once;
    this.database = needs.database();
    this.domains = needs.domains();
    this.crossing = needs.crossing();
  }

  Mono<ServerResponse> list(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return crossing
        .call(() -> domains.of(named.owner(), named.function()))
        .map(found -> Answer.all(found, Shapes::domain))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> one(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    String typed = request.pathVariable("host");
    return crossing
        .call(() -> domains.one(named.owner(), named.function(), typed))
        .onErrorMap(
            Refused.class, e -> new Refusal(HttpStatus.NOT_FOUND, String.valueOf(e.getMessage())))
        .flatMap(DomainOperations::shown);
  }

  private static Mono<ServerResponse> shown(Domain domain) {
    return Answer.ok(Shapes.domain(domain)).sent(domain.mark());
  }

  Mono<ServerResponse> add(ServerRequest request, NamedFunction named) {
    String actor = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          String host = body.requiredText("host");
          Parameters.of(request).check();
          body.check();
          Mono<Answer> work =
              Mono.defer(() -> domains.adding(named.owner(), named.function(), host, actor))
                  .map(domain -> Answer.ok(Shapes.domain(domain)));
          return once.answer(request, body, work);
        })
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> check(ServerRequest request, NamedFunction named) {
    String actor = Actor.of(request).name();
    Parameters.of(request).check();
    return crossing
        .call(() ->
            domains.check(named.owner(), named.function(), request.pathVariable("host"), actor))
        .flatMap(DomainOperations::shown);
  }

  /** The domain goes, if it is as the caller has seen it. */
  Mono<ServerResponse> remove(ServerRequest request, NamedFunction named) {
    String actor = Actor.of(request).name();
    String typed = request.pathVariable("host");
    Parameters.of(request).check();
    Mono<String> mark =
        Mono.defer(() -> domains.lockedMark(named.owner(), named.function(), typed));
    Mono<Domain> removing =
        Mono.defer(() -> domains.removing(named.owner(), named.function(), typed, actor));
    return database
        .inTransaction(Precondition.check(request, mark).then(removing))
        .then(crossing.call(() -> domains.of(named.owner(), named.function())))
        .map(left -> Answer.all(left, Shapes::domain))
        .flatMap(Answer::sent);
  }
}
