package lmnop.controlplane.portal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.secrets.SecretName;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The secrets of an owner: values go in by a form, and no page has one. */
final class SecretPages implements WebFeature {
  private static final String EVERY_FUNCTION = "*";

  private final Pages pages;
  private final Accounts accounts;
  private final Secrets secrets;

  SecretPages(Accounts accounts, Secrets secrets, Pages pages) {
    this.pages = pages;
    this.accounts = accounts;
    this.secrets = secrets;
  }

  @Override
  public List<Route> routes() {
    Access reader = Access.portal().reader();
    Access developer = Access.portal().developer();
    String page = "/owners/{owner}/secrets";
    return List.of(
        Route.get(page, reader, this::show),
        Route.post(page, developer, this::put),
        Route.post(page + "/remove", developer, this::remove));
  }

  private static OwnerName owner(ServerRequest request) {
    return new OwnerName(request.pathVariable("owner"));
  }

  private static String page(OwnerName owner) {
    return "/owners/" + owner + "/secrets";
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    OwnerName owner = owner(request);
    return Mono.zip(
            secrets.list(owner).map(all -> all.stream().map(SecretLine::of).toList()),
            accounts.may(Actor.of(request), Right.DEPLOY, owner))
        .flatMap(found ->
            pages.show(
                request,
                "secrets.jte",
                Map.of("owner", owner.value(), "secrets", found.getT1(), "member", found.getT2())));
  }

  private Mono<ServerResponse> put(ServerRequest request) {
    OwnerName owner = owner(request);
    String actor = Actor.of(request).name();
    return pages.change(
        request,
        page(owner),
        request
            .formData()
            .flatMap(form ->
                secrets.put(
                    owner,
                    name(Pages.field(form, "name")),
                    value(form),
                    functions(form),
                    form.containsKey("roll"),
                    actor)));
  }

  /** What was typed; browsers send each line break as two characters. */
  private static byte[] value(MultiValueMap<String, String> form) {
    return Pages.field(form, "value").replace("\r\n", "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static SecretName name(String text) {
    try {
      return new SecretName(text);
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  /** Null: as before; empty: every one. */
  private static @Nullable List<FunctionName> functions(MultiValueMap<String, String> form) {
    String names = Pages.field(form, "functions").strip();
    if (names.isEmpty()) {
      return null;
    }
    try {
      return names.equals(EVERY_FUNCTION)
          ? List.of()
          : Arrays.stream(names.split("[\\s,]+")).map(FunctionName::new).distinct().toList();
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private Mono<ServerResponse> remove(ServerRequest request) {
    OwnerName owner = owner(request);
    String actor = Actor.of(request).name();
    return pages.remove(
        request,
        page(owner),
        name ->
            request
                .formData()
                .flatMap(
                    form -> secrets.remove(owner, name(name), form.containsKey("force"), actor)));
  }
}
