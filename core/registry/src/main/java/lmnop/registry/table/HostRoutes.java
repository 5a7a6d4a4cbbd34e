package lmnop.registry.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a router knows about one host, as it was after one change: immutable, and replaced as a
 * whole.
 *
 * @param number the newest change that this includes
 * @param rules longest path prefix first; none means that the host is unknown
 */
public record HostRoutes(long number, List<Rule> rules) {
  /** What is known of a host of which nothing is known. */
  public static final HostRoutes NONE = new HostRoutes(0, List.of());

  public HostRoutes {
    rules = List.copyOf(rules);
  }

  /**
   * Where requests under a path prefix go; exactly one of the two is set.
   *
   * @param gatewayRoute the name of a gateway route
   * @param expiresAt when the rule ends, in milliseconds since 1970; null means never
   */
  public record Rule(
      String pathPrefix,
      @Nullable String gatewayRoute,
      @Nullable FunctionRoutes function,
      @Nullable Long expiresAt) {
    /** A rule without an end. */
    public Rule(
        String pathPrefix, @Nullable String gatewayRoute, @Nullable FunctionRoutes function) {
      this(pathPrefix, gatewayRoute, function, null);
    }

    private boolean isOver() {
      return expiresAt != null && expiresAt <= System.currentTimeMillis();
    }
  }

  /** Returns the rule for a raw path, or null where there is none. */
  public @Nullable Rule match(String path) {
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (covers(rule.pathPrefix(), path) && !rule.isOver()) {
        return rule;
      }
    }
    return null;
  }

  private static boolean covers(String prefix, String path) {
    int length = prefix.length();
    if (length <= 1) {
      return true;
    }
    return path.startsWith(prefix)
        && (prefix.charAt(length - 1) == '/'
            || path.length() == length
            || path.charAt(length) == '/'
            || path.charAt(length) == '?');
  }
}
