package lmnop.controlplane.api;

import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What is the caller's own: the account, its password, and where it is signed in. */
final class AccountOperations {
  private static final String NUMBER = "[1-9][0-9]{0,17}";

  private final Accounts accounts;
  private final Sessions sessions;

  AccountOperations(Api.Needs needs) {
    this.accounts = needs.accounts();
    this.sessions = needs.sessions();
  }

  /** Who is asking, and what may be done with what was shown. */
  Mono<ServerResponse> show(ServerRequest request) {
    Parameters.of(request).check();
    return Answer.ok(OwnerShapes.account(Actor.of(request))).sent();
  }

  /** Another password of one's own; every session ends. */
  Mono<ServerResponse> changePassword(ServerRequest request) {
    InPerson.require(request, "Passwords");
    Once.refuse(request, "what was sent twice is refused, because the old password is wrong then");
    return JsonBody.of(request)
        .flatMap(body -> {
          String old = body.requiredText("old");
          String chosen = body.requiredText("password");
          Parameters.of(request).check();
          body.check();
          return accounts.changePassword(request, old, chosen);
        })
        .then(Mono.defer(() -> ServerResponse.noContent().build()));
  }

  Mono<ServerResponse> sessions(ServerRequest request) {
    InPerson.require(request, "Sessions");
    Parameters.of(request).check();
    return sessions
        .of(Actor.of(request).accountId())
        .collectList()
        .map(all -> Answer.all(all, OwnerShapes::session))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> endSession(ServerRequest request) {
    InPerson.require(request, "Sessions");
    Parameters.of(request).check();
    long account = Actor.of(request).accountId();
    String number = request.pathVariable("session");
    return sessions
        .of(account)
        .filter(session -> number.matches(NUMBER) && session.id() == Long.parseLong(number))
        .next()
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "You have no session of this number: GET %s/account/sessions lists those that are."
                        .formatted(Api.ROOT))))
        .flatMap(session -> sessions.end(account, session.id()))
        .then(Mono.defer(() -> ServerResponse.noContent().build()));
  }
}
