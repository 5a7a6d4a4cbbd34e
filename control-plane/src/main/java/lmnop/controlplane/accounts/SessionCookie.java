package lmnop.controlplane.accounts;

import java.util.List;
import java.util.Optional;
import lmnop.controlplane.web.Transport;
import lmnop.operations.credentials.Token;
import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * The cookie that holds a session.
 *
 * <p>Over TLS its name begins with {@code __Host-}: browsers take such a one from this host alone,
 * for the whole host, and never send it unencrypted. Without TLS, on the loopback of one machine,
 * browsers would refuse it, so it has another name there; over TLS that other name means nothing.
 */
final class SessionCookie {
  static final String ENCRYPTED = "__Host-lmnop-session";
  static final String PLAIN = "lmnop-session";
  private static final int LENGTH = 43; // characters: 32 bytes in Base64

  private SessionCookie() {}

  private static String name(ServerRequest request) {
    return Transport.isEncrypted(request.headers().asHttpHeaders()) ? ENCRYPTED : PLAIN;
  }

  /** What a browser shows; nothing if it shows two, of which one was put there by somebody else. */
  static Optional<Token> of(ServerRequest request) {
    List<HttpCookie> shown = request.cookies().getOrDefault(name(request), List.of());
    return shown.size() == 1
        ? Optional.of(shown.getFirst().getValue())
            .filter(value -> value.length() == LENGTH)
            .map(Token::new)
        : Optional.empty();
  }

  /** Gives a browser a session. */
  static ResponseCookie holding(ServerRequest request, Token token) {
    return cookie(request, token.value()).build();
  }

  /** Takes it away again. */
  static ResponseCookie none(ServerRequest request) {
    return cookie(request, "").maxAge(0).build();
  }

  private static ResponseCookie.ResponseCookieBuilder cookie(ServerRequest request, String value) {
    return ResponseCookie.from(name(request), value)
        .path("/")
        .httpOnly(true)
        .sameSite("Lax")
        .secure(Transport.isEncrypted(request.headers().asHttpHeaders()));
  }
}
