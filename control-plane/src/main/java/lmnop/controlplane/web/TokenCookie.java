package lmnop.controlplane.web;

import java.util.List;
import java.util.Optional;
import lmnop.operations.credentials.Token;
import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * A cookie that holds a token.
 *
 * <p>Over TLS its name begins with {@code __Host-}: browsers take such a one from this host alone,
 * for the whole host, and never send it unencrypted. Without TLS, on the loopback of one machine,
 * browsers would refuse it, so it has another name there; over TLS that other name means nothing.
 *
 * @param name without what it begins with over TLS
 */
public record TokenCookie(String name) {
  private static final int LENGTH = 43; // characters: 32 bytes in Base64

  /** What a browser shows; nothing if it shows two, of which one was put there by somebody else. */
  public Optional<Token> of(ServerRequest request) {
    List<HttpCookie> shown = request.cookies().getOrDefault(name(request), List.of());
    return shown.size() == 1
        ? Optional.of(shown.getFirst().getValue())
            .filter(value -> value.length() == LENGTH)
            .map(Token::new)
        : Optional.empty();
  }

  /** Gives it to a browser. */
  public ResponseCookie.ResponseCookieBuilder holding(ServerRequest request, Token token) {
    return cookie(request, token.value());
  }

  /** Takes it away again. */
  public ResponseCookie none(ServerRequest request) {
    return cookie(request, "").maxAge(0).build();
  }

  private String name(ServerRequest request) {
    return (isEncrypted(request) ? "__Host-" : "") + name;
  }

  /** Lax: the browser shows it when a page of somebody else's leads here. */
  private ResponseCookie.ResponseCookieBuilder cookie(ServerRequest request, String value) {
    return ResponseCookie.from(name(request), value)
        .path("/")
        .httpOnly(true)
        .sameSite("Lax")
        .secure(isEncrypted(request));
  }

  private static boolean isEncrypted(ServerRequest request) {
    return Transport.isEncrypted(request.headers().asHttpHeaders());
  }
}
