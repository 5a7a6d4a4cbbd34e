package lmnop.controlplane.api;

import java.util.List;
import java.util.Objects;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The accounts of the platform, as administrators manage them. */
final class UserOperations {
  private static final String ROLES = "owner, developer or viewer";
  private static final String BY_NAME = "a user of a name that is taken is refused";
  private static final String BY_RESULT = "what was sent twice holds once";

  private final Users users;
  private final Crossing crossing;

  UserOperations(Api.Needs needs) {
    this.users = needs.accounts().users();
    this.crossing = needs.crossing();
  }

  Mono<ServerResponse> list(ServerRequest request) {
    Flux<Users.User> all = crossing.call(users::list).flatMapIterable(found -> found);
    return Answer.list(request, all, Users.User::name, OwnerShapes::user);
  }

  Mono<ServerResponse> one(ServerRequest request) {
    Parameters.of(request).check();
    return known(request).flatMap(user -> Answer.ok(OwnerShapes.user(user)).sent());
  }

  private Mono<Users.User> known(ServerRequest request) {
    String name = name(request);
    return crossing
        .call(() -> users.one(name))
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(
            Mono.error(
                () -> new Refusal(HttpStatus.NOT_FOUND, "There is no user '%s'.".formatted(name))));
  }

  private static String name(ServerRequest request) {
    try {
      return new OwnerName(request.pathVariable("user")).value();
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  /** Makes an account; a password that nobody chose is in the answer, this once. */
  Mono<ServerResponse> add(ServerRequest request) {
    InPerson.require(request, "Accounts");
    Once.refuse(request, BY_NAME);
    String by = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          @Nullable OwnerName read = body.name("name", OwnerName::new);
          if (read == null) {
            body.requiredText("name");
          }
          @Nullable OwnerName at = body.name("owner", OwnerName::new);
          @Nullable Role as = body.has("role") ? body.requiredValue("role", Role::of, ROLES) : null;
          @Nullable String chosen = body.longText("password");
          Parameters.of(request).check();
          body.check();
          OwnerName name = Objects.requireNonNull(read); // or the check has refused it
          OwnerName owner = Objects.requireNonNullElse(at, name);
          Role usual = owner.equals(name) ? Role.OWNER : Role.DEVELOPER;
          return made(name, owner, Objects.requireNonNullElse(as, usual), chosen, by);
        });
  }

  private Mono<ServerResponse> made(
      OwnerName name, OwnerName owner, Role role, @Nullable String chosen, String by) {
    String password = Objects.requireNonNullElseGet(chosen, users::randomPassword);
    return crossing
        .call(() -> {
          users.add(name, owner, role, password, by);
          return name.value();
        })
        .flatMap(added ->
            Answer.created(
                    Api.ROOT + "/users/" + added,
                    OwnerShapes.password(added, chosen == null ? password : null))
                .sent());
  }

  /** Gives an account another password, and ends its sessions. */
  Mono<ServerResponse> changePassword(ServerRequest request) {
    InPerson.require(request, "Passwords");
    Once.refuse(request, BY_RESULT);
    String by = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          @Nullable String chosen = body.longText("password");
          Parameters.of(request).check();
          body.check();
          return known(request).flatMap(user -> changed(user.name(), chosen, by));
        });
  }

  private Mono<ServerResponse> changed(String name, @Nullable String chosen, String by) {
    String password = Objects.requireNonNullElseGet(chosen, users::randomPassword);
    return crossing
        .call(() -> {
          users.changePassword(name, password, by);
          return name;
        })
        .flatMap(
            done -> Answer.ok(OwnerShapes.password(done, chosen == null ? password : null)).sent());
  }

  /** Removes an account, whose name is in the request twice. */
  Mono<ServerResponse> remove(ServerRequest request) {
    InPerson.require(request, "Accounts");
    Parameters query = Parameters.of(request);
    String confirmed = query.text("confirm");
    query.check();
    String by = Actor.of(request).name();
    return known(request)
        .filter(user -> user.name().equals(confirmed))
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.BAD_REQUEST,
                    "Nobody is removed: repeat the user's name, as ?confirm=%s."
                        .formatted(name(request)))))
        .flatMap(user ->
            crossing.call(() -> {
              users.remove(user.name(), by);
              return List.of(user);
            }))
        .flatMap(removed -> ServerResponse.noContent().build());
  }
}
