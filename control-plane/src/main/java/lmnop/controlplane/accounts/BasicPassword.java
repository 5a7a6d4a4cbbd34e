package lmnop.controlplane.accounts;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What an {@code Authorization} header of the scheme Basic holds. */
record BasicPassword(String user, String password) {
  private static final String SCHEME = "Basic ";

  /** Reads a header; null if it is none of that scheme, or not understood. */
  static @Nullable BasicPassword of(@Nullable String header) {
    if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(header.substring(SCHEME.length()).strip());
      String text = new String(decoded, StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      return colon < 0
          ? null
          : new BasicPassword(text.substring(0, colon), text.substring(colon + 1));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  @Override
  public String toString() {
    return "BasicPassword[" + user + "]";
  }
}
