package lmnop.router.resolve;

import lmnop.registry.table.RouteKey;

/**
 * What a request asks the routing table for.
 *
 * @param stripped how many characters of the raw path are the preset's and not the function's
 * @param named whether a path preset named the function, and not the host
 */
public record Lookup(RouteKey key, int stripped, boolean named) {
  /** Returns the path as the function sees it: raw, with its query, beginning with a slash. */
  public String pathOf(String target) {
    if (stripped == 0) {
      return target;
    }
    if (stripped == target.length()) {
      return "/";
    }
    String rest = target.substring(stripped);
    return rest.charAt(0) == '/' ? rest : "/" + rest;
  }
}
