package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The cookie of somebody who is signed in to the portal. Browsers send a cookie to every port of a
 * host, so where functions are called by the address by which the portal is reached, they would get
 * it: none does.
 */
final class PortalSession {
  private static final String COOKIE = "lmnop-session=";
  private static final String ENCRYPTED = "__Host-" + COOKIE;

  private PortalSession() {}

  static void drop(HttpHeaders headers) {
    if (!headers.contains(HttpHeaderNames.COOKIE)) {
      return;
    }
    List<String> shown = headers.getAll(HttpHeaderNames.COOKIE);
    if (shown.stream().anyMatch(cookies -> cookies.contains(COOKIE))) {
      headers.remove(HttpHeaderNames.COOKIE);
      for (String cookies : shown) {
        String others = others(cookies);
        if (!others.isEmpty()) {
          headers.add(HttpHeaderNames.COOKIE, others);
        }
      }
    }
  }

  private static String others(String cookies) {
    return Arrays.stream(cookies.split(";"))
        .map(String::strip)
        .filter(cookie -> !cookie.startsWith(COOKIE) && !cookie.startsWith(ENCRYPTED))
        .collect(Collectors.joining("; "));
  }
}
