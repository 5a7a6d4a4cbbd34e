package lmnop.router;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import lmnop.operations.management.ManagementServer.Answer;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.Routes;
import lmnop.router.balance.Fleet;
import lmnop.router.edge.GatewayHosts;
import lmnop.router.gateway.OperatorRoutes;
import lmnop.router.outcome.Outcome;
import lmnop.router.resolve.Lookup;
import lmnop.router.resolve.Resolver;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What would become of a request for a URL, and why: each decision from its host to an instance, by
 * the same code that decides on requests.
 */
final class ExplainPage {
  private final Resolver resolver;
  private final Routes routes;
  private final Fleet fleet;
  private final OperatorRoutes operators;

  ExplainPage(Resolver resolver, Routes routes, Fleet fleet, OperatorRoutes operators) {
    this.operators = operators;
    this.resolver = resolver;
    this.routes = routes;
    this.fleet = fleet;
  }

  /** Answers {@code /explain?url=…}. */
  Answer answer(URI asked) {
    String query = asked.getRawQuery();
    if (query == null || !query.startsWith("url=")) {
      return new Answer(400, "text/plain", "Ask as /explain?url=http://host/path.\n");
    }
    String url = URLDecoder.decode(query.substring("url=".length()), StandardCharsets.UTF_8);
    Explanation explanation = new Explanation(url);
    explain(url, explanation);
    return Answer.json(JsonMapper.shared().writeValueAsString(explanation.page));
  }

  /** The decisions so far, in their order. */
  private static final class Explanation {
    private final Map<String, Object> page = new LinkedHashMap<>();
    private final List<String> steps = new ArrayList<>();

    Explanation(String url) {
      page.put("url", url);
      page.put("steps", steps);
    }

    void step(String words) {
      steps.add(words);
    }

    void ends(Outcome outcome) {
      page.put("status", outcome.status());
      page.put("outcome", outcome.tag());
      page.put("words", outcome.words());
    }
  }

  private void explain(String url, Explanation explanation) {
    int scheme = url.indexOf("://");
    String rest = scheme < 0 ? url : url.substring(scheme + 3);
    int slash = rest.indexOf('/');
    String host = slash < 0 ? rest : rest.substring(0, slash);
    String target = slash < 0 ? "/" : rest.substring(slash);
    Resolver.Entrance entrance = resolver.entrance(host);
    if (entrance == null) {
      explanation.step("'%s' is no host name".formatted(host));
      explanation.ends(Outcome.BAD_REQUEST);
      return;
    }
    explanation.step("the host is %s".formatted(entrance.host().name()));
    if (entrance.isForControlPlane(target)) {
      explanation.step(
          entrance.portal()
              ? "that is the portal's: the control plane answers, through the inner gateway"
              : "the path is OpenFaaS's: the control plane answers, through the inner gateway");

      return;
    }
    String name = entrance.host().name();
    GatewayHosts.Claim claim = operators.claim(name);
    if (claim == GatewayHosts.Claim.BEFORE_FUNCTIONS) {
      explanation.step("the host is an operator's route's, before all functions");
      gateway(operators.seenFor(name), target, explanation);
      return;
    }
    Lookup lookup = resolver.lookup(entrance, target);
    if (lookup == null) {
      explanation.step("the path begins like a preset and names what can be no function");
      explanation.ends(Outcome.UNKNOWN_FUNCTION);
      return;
    }
    explanation.step(
        (lookup.named() ? "the path names " : "routes are looked up by ") + spelled(lookup.key()));

    boolean claimed = claim != null && !lookup.named();
    HostRoutes found = find(lookup.key(), explanation);
    if (claimed && (found == null || found.match(target) == null)) {
      explanation.step("no function has this, and the host is an operator's route's");
      gateway(operators.seenFor(name), target, explanation);
    } else if (found == null) {
      explanation.ends(Outcome.REGISTRY_AWAY);
    } else {
      match(found, lookup, target, explanation);
    }
  }

  /** What the inner gateway tries; only the request itself can tell which one takes it. */
  private void gateway(List<OperatorRoutes.Seen> tried, String target, Explanation explanation) {
    explanation.page.put("gateway", tried);
    for (OperatorRoutes.Seen route : tried) {
      explanation.step(
          "the gateway route %s takes it to %s where %s hold, through %s"
              .formatted(route.id(), route.uri(), route.predicates(), route.filters()));
    }
    if (tried.isEmpty()) {
      explanation.step("there is no such gateway route: 404");
      return;
    }
    OperatorRoutes.Seen first = tried.getFirst();
    String owner = first.functionOwner();
    String function = first.functionName();
    if (owner != null && function != null) {
      RouteKey key = new RouteKey.Named(owner, function);
      explanation.step("the first of them asks for " + spelled(key));
      HostRoutes found = find(key, explanation);
      if (found != null) {
        match(found, new Lookup(key, 0, true), target, explanation);
      }
    }
  }

  private static String spelled(RouteKey key) {
    return switch (key) {
      case RouteKey.Host host -> "host " + host.name();
      case RouteKey.Named named -> named.name() + " of " + named.owner();
    };
  }

  private @Nullable HostRoutes find(RouteKey key, Explanation explanation) {
    HostRoutes cached = routes.cached(key);
    if (cached != null) {
      explanation.step("they are known here, as of change %d".formatted(cached.number()));
      return cached;
    }
    try {
      HostRoutes asked = routes.resolve(key).toCompletableFuture().join();
      explanation.step(
          "they were not known here: the database says, as of change %d".formatted(asked.number()));
      return asked;
    } catch (CompletionException e) {
      explanation.step("they are not known here, and the database does not answer");
      return null;
    }
  }

  private void match(HostRoutes found, Lookup lookup, String target, Explanation explanation) {
    String path = lookup.pathOf(target);
    HostRoutes.Rule rule = found.match(path);
    if (rule == null) {
      explanation.step("%d rules, none for %s".formatted(found.rules().size(), path));
      explanation.ends(lookup.named() ? Outcome.UNKNOWN_FUNCTION : Outcome.UNKNOWN_HOST);
      return;
    }
    FunctionRoutes function = rule.function();
    if (function == null) {
      explanation.step(
          "the rule for %s leads to the gateway route %s"
              .formatted(rule.pathPrefix(), String.valueOf(rule.gatewayRoute())));
      gateway(
          operators.seen().stream().filter(r -> r.id().equals(rule.gatewayRoute())).toList(),
          target,
          explanation);
      return;
    }
    explanation.step(
        "the rule for %s leads to the function %s, which gets %s"
            .formatted(rule.pathPrefix(), function.metricName(), path));
    if (function.preview() != null) {
      explanation.step("the host is a preview's: one revision answers, whatever its weight");
    }
    access(function, explanation);
    shares(function, explanation);
  }

  private static void access(FunctionRoutes function, Explanation explanation) {
    function.shares().stream()
        .map(share -> share.policy().access())
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder())
        .ifPresent(strictest -> {
          switch (strictest) {
            case PUBLIC -> explanation.step("everybody may call it");
            case TOKEN ->
                explanation.step(
                    "it asks for a token in X-Lmnop-Token; tokens that open it: %d"
                        .formatted(function.tokens().size()));
            case INTERNAL ->
                explanation.step(
                    "only who comes through the internal listener may call it; others are told that"
                        + " nothing is here");
          }
        });
  }

  private void shares(FunctionRoutes function, Explanation explanation) {
    if (function.shares().isEmpty()) {
      explanation.step("none of its revisions is released");
      explanation.ends(Outcome.NOT_RELEASED);
      return;
    }
    List<Object> shares = new ArrayList<>();
    int instances = 0;
    for (FunctionRoutes.Share share : function.shares()) {
      List<Fleet.Seen> seen = fleet.seen(share);
      instances += seen.size();
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("revision", share.number());
      one.put("weight", share.weight());
      one.put("workload", share.namespace() + "/" + share.workload());
      one.put("policy", share.policy());
      one.put("instances", seen);
      shares.add(one);
      explanation.step(
          "revision %d gets %d %% of the requests; instances: %d"
              .formatted(share.number(), share.weight(), seen.size()));
    }
    explanation.page.put("function", function.metricName());
    explanation.page.put("shares", shares);
    if (routes.endpointsAreOld()) {
      explanation.step("the provider has been silent: a workload's own address is preferred");
    }
    if (instances == 0) {
      explanation.step("the provider is asked to start one, and the request waits for it");
    } else {
      explanation.step(
          instances == 1
              ? "the only instance answers"
              : "of two instances picked at random the less busy one answers");
    }
    explanation.ends(Outcome.ANSWERED);
  }
}
