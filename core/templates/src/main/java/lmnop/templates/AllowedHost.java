package lmnop.templates;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host that dependencies may come from, written {@code pypi.org}, {@code mirror.example.org:8081}
 * or {@code *.example.org}.
 *
 * @param name in small letters; one that begins with {@code *.} stands for every host below
 * @param own whether it is the operator's own, which may be in a private network
 */
public record AllowedHost(String name, int port, boolean own) {
  public static final int HTTPS = 443;
  private static final Pattern FORM =
      Pattern.compile("((?:\\*\\.)?[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}))?");

  /** Reads the form above; without a port it is that of https. */
  public static AllowedHost parse(String text, boolean own) {
    Matcher matcher = FORM.matcher(text);
    int port =
        matcher.matches() && matcher.group(2) != null ? Integer.parseInt(matcher.group(2)) : HTTPS;
    if (!matcher.matches() || port == 0 || port > 0xffff) {
      throw new IllegalArgumentException(
          "'%s' is no registry: a host like pypi.org, pypi.org:8443 or *.example.org is expected"
              .formatted(text));
    }
    return new AllowedHost(normal(matcher.group(1)), port, own);
  }

  /** Whether this is the host that somebody asks for. */
  public boolean covers(String host, int askedPort) {
    String asked = normal(host);
    return port == askedPort
        && (name.startsWith("*.") ? asked.endsWith(name.substring(1)) : asked.equals(name));
  }

  private static String normal(String host) {
    String small = host.toLowerCase(Locale.ROOT);
    String bare =
        small.startsWith("[") && small.endsWith("]")
            ? small.substring(1, small.length() - 1)
            : small;
    return bare.endsWith(".") ? bare.substring(0, bare.length() - 1) : bare;
  }

  @Override
  public String toString() {
    return port == HTTPS ? name : name + ":" + port;
  }
}
