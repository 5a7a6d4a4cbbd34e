package lmnop.controlplane.identities;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lmnop.controlplane.web.Transport;
import lmnop.operations.credentials.Token;
import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.web.reactive.function.server.ServerRequest;

/** The cookie that binds a sign-in to the browser that began it; named as a session's is. */
final class AttemptCookie {
  private static final String NAME = "lmnop-sign-in";
  private static final Duration TIME = Duration.ofMinutes(10);
  private static final int LENGTH = 43; // characters: 32 bytes in Base64

  private AttemptCookie() {}

  private static String name(ServerRequest request) {
    return (Transport.isEncrypted(request.headers().asHttpHeaders()) ? "__Host-" : "") + NAME;
  }

  static Optional<Token> of(ServerRequest request) {
    List<HttpCookie> shown = request.cookies().getOrDefault(name(request), List.of());
    return shown.size() == 1
        ? Optional.of(shown.getFirst().getValue())
            .filter(value -> value.length() == LENGTH)
            .map(Token::new)
        : Optional.empty();
  }

  static ResponseCookie holding(ServerRequest request, Token token) {
    return cookie(request, token.value()).maxAge(TIME).build();
  }

  static ResponseCookie none(ServerRequest request) {
    return cookie(request, "").maxAge(0).build();
  }

  /** Lax: the browser shows it when the provider's page leads back here. */
  private static ResponseCookie.ResponseCookieBuilder cookie(ServerRequest request, String value) {
    return ResponseCookie.from(name(request), value)
        .path("/")
        .httpOnly(true)
        .sameSite("Lax")
        .secure(Transport.isEncrypted(request.headers().asHttpHeaders()));
  }
}
