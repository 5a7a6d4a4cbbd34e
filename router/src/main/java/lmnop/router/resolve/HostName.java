package lmnop.router.resolve;

import io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The host of a request in its one spelling: lower case, without port and without the final dot.
 *
 * @param bareAddress an IP address or {@code localhost}: a way in that names no function
 */
public record HostName(String name, boolean bareAddress) {
  private static final int LONGEST = 253;

  /** Reads a {@code Host} header; returns null where it is not a host name that DNS could know. */
  public static @Nullable HostName parse(String header) {
    if (header.startsWith("[")) {
      return literal(header);
    }
    int colon = header.indexOf(':');
    if (colon >= 0 && !isPort(header, colon + 1)) {
      return null;
    }
    int end = colon < 0 ? header.length() : colon;
    if (end > 1 && header.charAt(end - 1) == '.') {
      end--;
    }
    if (end == 0 || end > LONGEST || !isName(header, end)) {
      return null;
    }
    String name = header.substring(0, end).toLowerCase(Locale.ROOT);
    return new HostName(name, name.equals("localhost") || NetUtil.isValidIpV4Address(name));
  }

  private static @Nullable HostName literal(String header) {
    int close = header.indexOf(']');
    if (close < 0 || !NetUtil.isValidIpV6Address(header.substring(1, close))) {
      return null;
    }
    boolean nothingElse = close == header.length() - 1;
    if (!nothingElse && !(header.charAt(close + 1) == ':' && isPort(header, close + 2))) {
      return null;
    }
    return new HostName(header.substring(0, close + 1).toLowerCase(Locale.ROOT), true);
  }

  private static boolean isPort(String header, int from) {
    if (header.length() - from > 5) {
      return false;
    }
    for (int i = from; i < header.length(); i++) {
      if (header.charAt(i) < '0' || header.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static boolean isName(String header, int end) {
    char before = '.';
    for (int i = 0; i < end; i++) {
      char c = header.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letter && c != '-' && c != '_' && (c != '.' || before == '.')) {
        return false;
      }
      before = c;
    }
    return before != '.';
  }
}
