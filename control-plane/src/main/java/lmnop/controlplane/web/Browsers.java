package lmnop.controlplane.web;

import java.util.Locale;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** Tells browsers, which show people what they get, from programs. */
public final class Browsers {
  private Browsers() {}

  /**
   * Whether a browser asks. What it accepts is looked through and not parsed: this is asked where
   * something is refused already, also a header that is no list of types.
   */
  public static boolean ask(HttpHeaders request) {
    return request.getOrEmpty(HttpHeaders.ACCEPT).stream()
        .anyMatch(
            accepted -> accepted.toLowerCase(Locale.ROOT).contains(MediaType.TEXT_HTML_VALUE));
  }
}
