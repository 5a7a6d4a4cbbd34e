package lmnop.controlplane.accounts;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lmnop.controlplane.web.Refusal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.HandlerFilterFunction;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The entrance of the public listener: nobody passes without an account's name and password, but
 * for what is the same in every installation and editors fetch, which cannot log in.
 */
public final class BasicAuthentication
    implements HandlerFilterFunction<ServerResponse, ServerResponse> {
  private static final String SCHEME = "Basic ";
  private static final Set<String> OPEN = Set.of("/schema/function.json", "/schema/stack.json");

  private final Accounts accounts;

  public BasicAuthentication(Accounts accounts) {
    this.accounts = accounts;
  }

  private record Shown(String user, String password) {}

  @Override
  public Mono<ServerResponse> filter(ServerRequest request, HandlerFunction<ServerResponse> next) {
    if (request.method().equals(HttpMethod.GET) && OPEN.contains(request.uri().getRawPath())) {
      return next.handle(request);
    }
    Shown shown = shown(request.headers().firstHeader(HttpHeaders.AUTHORIZATION));
    if (shown == null) {
      return Mono.error(refusal("Log in with your account's name and password."));
    }
    return accounts
        .authenticate(shown.user(), shown.password(), client(request))
        .flatMap(actor -> {
          if (actor.isEmpty()) {
            return Mono.error(refusal("The name or the password is wrong."));
          }
          actor.get().makes(request);
          return next.handle(request);
        });
  }

  private static @Nullable Shown shown(@Nullable String header) {
    if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(header.substring(SCHEME.length()).strip());
      String text = new String(decoded, StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      return colon < 0 ? null : new Shown(text.substring(0, colon), text.substring(colon + 1));
    } catch (IllegalArgumentException e) {
      return null;
    }
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
