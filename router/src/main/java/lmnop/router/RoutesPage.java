package lmnop.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lmnop.operations.management.ManagementServer.Answer;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RouteTable;
import lmnop.router.gateway.OperatorRoutes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The routes that this router knows, those that are asked for most first, and what it rejects. */
record RoutesPage(RouteTable table, OperatorRoutes operators) {
  private static final int AT_MOST = 1000;

  Answer answer() {
    List<Object> routes = new ArrayList<>();
    table
        .mostAsked(AT_MOST)
        .forEach(
            (key, found) -> found.rules().forEach(rule -> routes.add(route(key, found, rule))));
    List<Object> rejected = new ArrayList<>();
    table
        .unreadable()
        .forEach((key, why) -> rejected.add(Map.of("route", spelled(key), "why", why)));
    rejectedOfOperators(rejected);
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("applied", table.applied());
    page.put("ageSeconds", table.age().toSeconds());
    page.put("known", table.size());
    page.put("routes", routes);
    page.put("gateway", operators.seen());
    page.put("rejected", rejected);
    return Answer.json(JsonMapper.shared().writeValueAsString(page));
  }

  /** What stands in the operators' file without effect. */
  private void rejectedOfOperators(List<Object> rejected) {
    for (String problem : operators.problems()) {
      rejected.add(Map.of("route", "gateway.routes", "why", problem));
    }
    for (OperatorRoutes.Seen route : operators.seen()) {
      for (String host : route.hosts()) {
        String owner = route.beforeFunctions() ? null : ownerOf(host);
        if (owner != null) {
          rejected.add(
              Map.of(
                  "route",
                  route.id(),
                  "why",
                  "the function %s has the host %s; before-functions would put the route first"
                      .formatted(owner, host)));
        }
      }
    }
  }

  private @Nullable String ownerOf(String host) {
    HostRoutes known = table.cached(new RouteKey.Host(host));
    HostRoutes.Rule rule = known == null ? null : known.match("/");
    FunctionRoutes function = rule == null ? null : rule.function();
    return function == null ? null : function.metricName();
  }

  private static Map<String, Object> route(RouteKey key, HostRoutes found, HostRoutes.Rule rule) {
    Map<String, Object> route = new LinkedHashMap<>();
    route.put("route", spelled(key));
    route.put("path", rule.pathPrefix());
    route.put("number", found.number());
    FunctionRoutes function = rule.function();
    if (function == null) {
      route.put("gateway", String.valueOf(rule.gatewayRoute()));
      return route;
    }
    route.put("function", function.metricName());
    route.put("shares", function.shares().stream().map(RoutesPage::share).toList());
    return route;
  }

  private static Map<String, Object> share(FunctionRoutes.Share share) {
    return Map.of(
        "revision", share.number(),
        "weight", share.weight(),
        "workload", share.workload(),
        "instances", share.endpoints().size());
  }

  private static String spelled(RouteKey key) {
    return switch (key) {
      case RouteKey.Host host -> host.name();
      case RouteKey.Named named -> named.owner() + "/" + named.name();
    };
  }
}
