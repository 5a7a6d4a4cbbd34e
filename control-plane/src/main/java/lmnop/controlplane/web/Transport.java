package lmnop.controlplane.web;

import org.springframework.http.HttpHeaders;

/** How a request came to the router, which says so anew for each. */
public final class Transport {
  private static final String PROTOCOL = "X-Forwarded-Proto";

  private Transport() {}

  /** Whether the client and the router spoke TLS. */
  public static boolean isEncrypted(HttpHeaders headers) {
    return "https".equals(headers.getFirst(PROTOCOL));
  }
}
