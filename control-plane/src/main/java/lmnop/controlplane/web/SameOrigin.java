package lmnop.controlplane.web;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Tells forms of our own pages from those of others: a browser shows the password with every
 * request, whichever page made it, but it also says which page that was.
 */
public final class SameOrigin {
  private SameOrigin() {}

  /** Refuses a request that no page of this host has made. */
  public static void require(ServerRequest request) {
    String site = request.headers().firstHeader("Sec-Fetch-Site");
    boolean ours =
        site == null
            ? isHost(request.headers().firstHeader(HttpHeaders.ORIGIN), request)
            : site.equals("same-origin");
    if (!ours) {
      throw new Refusal(
          HttpStatus.FORBIDDEN,
          "This form was not sent by a page of the portal: open the portal and use the form there.");
    }
  }

  private static boolean isHost(@Nullable String origin, ServerRequest request) {
    String host = request.headers().firstHeader(HttpHeaders.HOST);
    try {
      return origin != null && host != null && host.equals(URI.create(origin).getAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
