package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Everybody who has an account, for administrators. */
final class UserPages implements WebFeature {
  private static final String PAGE = "/users";
  private static final int LISTED = 200;

  private final Users users;
  private final Crossing crossing;
  private final Pages pages;

  UserPages(Users users, Crossing crossing, Pages pages) {
    this.users = users;
    this.crossing = crossing;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    Access administrator = Access.portal().administrator();
    return List.of(
        Route.get(PAGE, administrator, this::show),
        Route.post(PAGE, administrator, this::add),
        Route.post(PAGE + "/password", administrator, this::changePassword),
        Route.post(PAGE + "/remove", administrator, this::remove));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    String search = request.queryParam("search").orElse("").strip();
    return crossing
        .call(users::list)
        .map(all -> all.stream().filter(user -> user.name().contains(search)).toList())
        .flatMap(found ->
            pages.show(
                request,
                "users.jte",
                Map.of(
                    "users", found.subList(0, Math.min(LISTED, found.size())),
                    "all", found.size(),
                    "search", search)));
  }

  private Mono<ServerResponse> add(ServerRequest request) {
    String by = Actor.of(request).name();
    return request
        .formData()
        .flatMap(form -> {
          OwnerName name = name(Pages.field(form, "name"));
          String typed = Pages.field(form, "owner");
          OwnerName owner = typed.isEmpty() ? name : name(typed);
          Role role = owner.equals(name) ? Role.OWNER : role(form);
          String password = users.randomPassword();
          return crossing
              .call(() -> {
                users.add(name, owner, role, password, by);
                return name.value();
              })
              .flatMap(added -> showPassword(request, added, password));
        })
        .onErrorResume(Refused.class, e -> pages.refused(request, PAGE, e));
  }

  private static OwnerName name(String typed) {
    try {
      return new OwnerName(typed.strip());
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private static Role role(MultiValueMap<String, String> form) {
    String word = Pages.field(form, "role");
    return Role.of(word).orElseThrow(() -> new Refused("'%s' is no role.".formatted(word)));
  }

  private Mono<ServerResponse> showPassword(ServerRequest request, String name, String password) {
    return pages.show(
        request,
        "token.jte",
        Map.of(
            "what", "Password of",
            "name", name,
            "token", password,
            "use", "Give it to %s, who changes it after signing in.".formatted(name),
            "back", PAGE));
  }

  private Mono<ServerResponse> changePassword(ServerRequest request) {
    String by = Actor.of(request).name();
    return request
        .formData()
        .flatMap(form -> {
          String name = Pages.field(form, "name");
          Pages.requireTyped(form, name);
          String password = users.randomPassword();
          return crossing
              .call(() -> {
                users.changePassword(name, password, by);
                return name;
              })
              .flatMap(done -> showPassword(request, done, password));
        })
        .onErrorResume(Refused.class, e -> pages.refused(request, PAGE, e));
  }

  private Mono<ServerResponse> remove(ServerRequest request) {
    String by = Actor.of(request).name();
    return pages.remove(
        request,
        PAGE,
        name ->
            crossing
                .call(() -> {
                  users.remove(name, by);
                  return name;
                })
                .then());
  }
}
