package lmnop.controlplane.api;

import java.util.Objects;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.database.Database;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Owners, and who belongs to them. */
final class OwnerOperations {
  private final Database database;
  private final Members members;

  OwnerOperations(Api.Needs needs) {
    this.database = needs.database();
    this.members = new Members(needs.database());
  }

  /** The owner that a path names. */
  static OwnerName owner(ServerRequest request) {
    return new OwnerName(request.pathVariable("owner")); // looked at when the caller was let in
  }

  Mono<ServerResponse> list(ServerRequest request) {
    return Answer.list(
        request,
        members.ownersOf(Actor.of(request)),
        Members.Membership::owner,
        OwnerShapes::membership);
  }

  Mono<ServerResponse> members(ServerRequest request) {
    return Answer.list(
        request, members.of(owner(request)), Members.Member::name, OwnerShapes::member);
  }

  Mono<ServerResponse> member(ServerRequest request) {
    Parameters.of(request).check();
    String name = name(request);
    return members
        .of(owner(request))
        .filter(member -> member.name().equals(name))
        .next()
        .switchIfEmpty(Mono.error(() -> unknown(request)))
        .flatMap(OwnerOperations::shown);
  }

  /** What somebody is there is the mark too: it is all that there is to change. */
  private static Mono<ServerResponse> shown(Members.Member member) {
    return Answer.ok(OwnerShapes.member(member)).sent(member.role());
  }

  Mono<ServerResponse> put(ServerRequest request) {
    String name = name(request);
    OwnerName owner = owner(request);
    String by = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          @Nullable Role read = body.requiredValue("role", Role::of, "owner, developer or viewer");
          Parameters.of(request).check();
          body.check();
          Role role = Objects.requireNonNull(read); // or the check has refused it
          return inRow(request, members.put(owner, name, role, by))
              .thenReturn(new Members.Member(name, role.text()));
        })
        .flatMap(OwnerOperations::shown);
  }

  Mono<ServerResponse> remove(ServerRequest request) {
    Parameters.of(request).check();
    String by = Actor.of(request).name();
    Mono<Void> removing =
        members
            .lockedRole(owner(request), name(request))
            .switchIfEmpty(Mono.error(() -> unknown(request)))
            .flatMap(role -> members.remove(owner(request), name(request), by));
    return inRow(request, removing).then(Mono.defer(() -> ServerResponse.noContent().build()));
  }

  /** The change, if the member is as the caller has seen it. */
  private Mono<Void> inRow(ServerRequest request, Mono<Void> change) {
    Mono<String> mark = members.lockedRole(owner(request), name(request));
    return database.inTransaction(Precondition.check(request, mark).then(change));
  }

  private static String name(ServerRequest request) {
    try {
      return new OwnerName(request.pathVariable("member")).value();
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  private static Refusal unknown(ServerRequest request) {
    return new Refusal(
        HttpStatus.NOT_FOUND, "'%s' is no member of %s.".formatted(name(request), owner(request)));
  }
}
