package lmnop.router.gateway;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lmnop.router.edge.GatewayHosts.Claim;
import org.jspecify.annotations.Nullable;

/** The hosts that routes serve, at one time. */
record Hosts(Map<String, Claim> claims, boolean anyBeforeFunctions, boolean anyWild) {
  static Hosts of(List<OperatorRoute> routes) {
    Map<String, Claim> claims = new HashMap<>();
    for (OperatorRoute route : routes) {
      boolean before = route.written().beforeFunctions();
      for (String host : route.written().hosts()) {
        claims.merge(
            host,
            before ? Claim.BEFORE_FUNCTIONS : Claim.AFTER_FUNCTIONS,
            (one, other) -> before ? Claim.BEFORE_FUNCTIONS : one);
      }
    }
    return new Hosts(
        Map.copyOf(claims),
        claims.containsValue(Claim.BEFORE_FUNCTIONS),
        claims.keySet().stream().anyMatch(host -> host.startsWith("*.")));
  }

  @Nullable Claim claim(String host) {
    Claim exact = claims.get(host);
    return exact == null && anyWild ? claims.get(wild(host)) : exact;
  }

  /** What a host is covered by, written as {@code *.example.com}. */
  static String wild(String host) {
    int dot = host.indexOf('.');
    return dot < 0 ? "" : "*" + host.substring(dot);
  }
}
