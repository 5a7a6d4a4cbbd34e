package lmnop.controlplane.portal;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.registry.names.OwnerName;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Who belongs to an owner, and the tokens with which its functions are called. */
final class OwnerPages implements WebFeature {
  private final Accounts accounts;
  private final Members members;
  private final InvokeTokens tokens;
  private final Pages pages;

  OwnerPages(Accounts accounts, Members members, InvokeTokens tokens, Pages pages) {
    this.accounts = accounts;
    this.members = members;
    this.tokens = tokens;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    Access owner = Access.portal().owner();
    return List.of(
        Route.get("/owners/{owner}", Access.portal().reader(), this::show),
        Route.post("/owners/{owner}/members", owner, this::putMember),
        Route.post("/owners/{owner}/members/remove", owner, this::removeMember),
        Route.post("/owners/{owner}/tokens", owner, this::addToken),
        Route.post("/owners/{owner}/tokens/remove", owner, this::removeToken));
  }

  private static OwnerName owner(ServerRequest request) {
    return new OwnerName(request.pathVariable("owner"));
  }

  private static String page(OwnerName owner) {
    return "/owners/" + owner;
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    OwnerName owner = owner(request);
    return Mono.zip(
            members.of(owner).collectList(),
            tokens.list(owner).map(TokenLine::of).collectList(),
            accounts.may(Actor.of(request), Right.ADMIN, owner))
        .flatMap(found ->
            pages.show(
                request,
                "owner.jte",
                Map.of(
                    "owner", owner.value(),
                    "members", found.getT1(),
                    "tokens", found.getT2(),
                    "manages", found.getT3())));
  }

  private Mono<ServerResponse> putMember(ServerRequest request) {
    OwnerName owner = owner(request);
    String by = Actor.of(request).name();
    return pages.change(
        request,
        page(owner),
        request
            .formData()
            .flatMap(form -> members.put(owner, Pages.field(form, "name"), role(form), by)));
  }

  private static Role role(MultiValueMap<String, String> form) {
    String word = Pages.field(form, "role");
    return Role.of(word).orElseThrow(() -> new Refused("'%s' is no role.".formatted(word)));
  }

  private Mono<ServerResponse> removeMember(ServerRequest request) {
    OwnerName owner = owner(request);
    String by = Actor.of(request).name();
    return pages.remove(request, page(owner), name -> members.remove(owner, name, by));
  }

  private Mono<ServerResponse> addToken(ServerRequest request) {
    OwnerName owner = owner(request);
    String by = Actor.of(request).name();
    return request
        .formData()
        .flatMap(form -> {
          String name = Pages.field(form, "name");
          return tokens
              .add(owner, name, functions(form), TokenLine.lifetime(form), by)
              .flatMap(token ->
                  pages.show(
                      request,
                      "token.jte",
                      Map.of(
                          "name",
                          name,
                          "token",
                          token.value(),
                          "use",
                          "Callers send it as X-Lmnop-Token, where access is token.",
                          "back",
                          page(owner))));
        })
        .onErrorResume(Refused.class, e -> pages.refused(request, page(owner), e));
  }

  private static List<String> functions(MultiValueMap<String, String> form) {
    return Arrays.stream(Pages.field(form, "functions").split("[\\s,]+"))
        .filter(name -> !name.isEmpty())
        .distinct()
        .toList();
  }

  private Mono<ServerResponse> removeToken(ServerRequest request) {
    OwnerName owner = owner(request);
    String by = Actor.of(request).name();
    return pages.remove(request, page(owner), name -> tokens.remove(owner, name, by));
  }
}
