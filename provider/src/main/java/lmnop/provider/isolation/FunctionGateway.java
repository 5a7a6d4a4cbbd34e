package lmnop.provider.isolation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The routers' internal listener, where functions call functions.
 *
 * @param host an IPv4 address, of this machine or another
 */
record FunctionGateway(String host, int port) {
  /** The variable that tells a function where it is. */
  static final String VARIABLE = "LMNOP_GATEWAY";

  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+){3}):(\\d{1,5})");

  /** Reads {@code host:port}; null where none is set. */
  static @Nullable FunctionGateway parse(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "isolation.gateway is '" + text + "'; it has to be an IPv4 address, ':' and a port");
    }
    int port = Integer.parseInt(matcher.group(2));
    String host = AddressRange.text(AddressRange.number(matcher.group(1)));
    if (port < 1 || port > 65_535 || AddressRange.number(host) == 0) {
      throw new IllegalArgumentException(
          "isolation.gateway is '" + text + "': functions cannot connect to that");
    }
    return new FunctionGateway(host, port);
  }

  String url() {
    return url(host, port);
  }

  static String url(String host, int port) {
    return "http://" + host + ":" + port;
  }
}
