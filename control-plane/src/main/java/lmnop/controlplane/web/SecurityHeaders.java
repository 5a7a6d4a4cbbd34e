package lmnop.controlplane.web;

import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * What every answer tells browsers, whoever made it: to run no script but the portal's own and none
 * that stands in a page, to show it in no frame, to believe its type, to keep nothing of it unless
 * the answer says so.
 */
final class SecurityHeaders implements WebFilter {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
  private static final String ENCRYPTED_FOR = "max-age=31536000"; // seconds: a year

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    exchange
        .getResponse()
        .beforeCommit(() -> {
          add(exchange.getRequest().getHeaders(), exchange.getResponse().getHeaders());
          return Mono.empty();
        });
    return chain.filter(exchange);
  }

  private static void add(HttpHeaders request, HttpHeaders answer) {
    answer.set("Content-Security-Policy", POLICY);
    answer.set("X-Content-Type-Options", "nosniff");
    // Not no-referrer: a browser would then not say either from which page a form comes.
    answer.set("Referrer-Policy", "same-origin");
    answer.set("Cross-Origin-Opener-Policy", "same-origin");
    answer.set("Cross-Origin-Resource-Policy", "same-origin");
    if (answer.getFirst(HttpHeaders.CACHE_CONTROL) == null) {
      answer.set(HttpHeaders.CACHE_CONTROL, "no-store");
    }
    if (Transport.isEncrypted(request)) {
      answer.set("Strict-Transport-Security", ENCRYPTED_FOR);
    }
  }
}
