package lmnop.controlplane.accounts;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Entrance;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The entrance of the public listener, and the one place that decides who may do what there: first
 * who it is, then what they name, then whether they may. What is forbidden looks like what is not
 * there.
 */
public final class Gate implements Entrance {
  private final Accounts accounts;

  public Gate(Accounts accounts) {
    this.accounts = accounts;
  }

  @Override
  public Mono<ServerResponse> admit(
      ServerRequest request, Access access, HandlerFunction<ServerResponse> route) {
    if (access.door() == Access.Door.TASK) {
      return Entrance.nothingHere();
    }
    if (access.who() == Access.Who.EVERYBODY) {
      return route.handle(request);
    }
    return caller(request)
        .flatMap(actor -> {
          actor.makes(request);
          return decide(request, access, actor, route);
        });
  }

  private Mono<ServerResponse> decide(
      ServerRequest request, Access access, Actor actor, HandlerFunction<ServerResponse> route) {
    return switch (access.who()) {
      case EVERYBODY -> route.handle(request);
      case ACCOUNT ->
          actor.right().includes(access.right()) ? route.handle(request) : Entrance.nothingHere();
      case ADMINISTRATOR -> actor.mayEverything() ? route.handle(request) : Entrance.nothingHere();
      case MEMBER -> {
        OwnerName owner = ownerOf(request, access);
        yield accounts
            .may(actor, access.right(), owner)
            .flatMap(may -> may ? route.handle(request) : unknown(owner));
      }
    };
  }

  private static OwnerName ownerOf(ServerRequest request, Access access) {
    try {
      return access.ownerNamedBy(request);
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  private static Mono<ServerResponse> unknown(OwnerName owner) {
    return Mono.error(() ->
        new Refusal(
            HttpStatus.NOT_FOUND,
            "There is no owner '%s', or you may not do this there.".formatted(owner)));
  }

  private Mono<Actor> caller(ServerRequest request) {
    BasicPassword shown =
        BasicPassword.of(request.headers().firstHeader(HttpHeaders.AUTHORIZATION));
    if (shown == null) {
      return Mono.error(refusal("Log in with your account's name and password."));
    }
    return accounts
        .authenticate(shown.user(), shown.password(), client(request))
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(Mono.error(() -> refusal("The name or the password is wrong.")));
  }

  private static String client(ServerRequest request) {
    return request
        .remoteAddress()
        .map(InetSocketAddress::getAddress)
        .flatMap(address -> Optional.ofNullable(address.getHostAddress()))
        .orElse("unknown");
  }

  private static Refusal refusal(String words) {
    return new Refusal(
        HttpStatus.UNAUTHORIZED,
        words,
        Map.of(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"lmnop\", charset=\"UTF-8\""));
  }
}
