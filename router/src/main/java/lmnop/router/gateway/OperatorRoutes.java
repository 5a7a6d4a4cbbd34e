package lmnop.router.gateway;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.settings.SettingsException;
import lmnop.router.edge.GatewayHosts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.route.Route;

/**
 * Operators' own routes, from a file that is read again when it changes. All of a file is used or
 * nothing of it; a request keeps the route that it began with.
 */
public final class OperatorRoutes implements GatewayHosts, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OperatorRoutes.class);

  /** What requests look at: exchanged as a whole. */
  private record InUse(List<OperatorRoute> routes, List<Route> made, Hosts hosts) {
    static InUse of(List<OperatorRoute> routes) {
      return new InUse(routes, routes.stream().map(OperatorRoute::made).toList(), Hosts.of(routes));
    }
  }

  private final @Nullable Path file;
  private final Targets targets;
  private final Set<String> ownHosts;
  private final @Nullable Loop loop;
  private @Nullable RouteMaker maker;
  private String lastRead = "";
  private volatile InUse inUse = InUse.of(List.of());
  private volatile List<String> problems = List.of();

  /**
   * Reads the routes, and again whenever the file has changed.
   *
   * @param ownHosts hosts that are the platform's, whatever a file says
   * @throws SettingsException if there is a file with a mistake in it
   */
  public OperatorRoutes(GatewaySettings settings, Targets targets, Set<String> ownHosts) {
    this.file = settings.routes();
    this.targets = targets;
    this.ownHosts = ownHosts;
    if (file == null) {
      loop = null;
      return;
    }
    readAgain();
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    loop = Loop.start("gateway-routes", settings.reload(), this::readAgain);
  }

  /** Reads the file if it is not what was read before; a broken one changes nothing. */
  synchronized void readAgain() {
    Path read = file;
    if (read == null) {
      return;
    }
    List<String> found = new ArrayList<>();
    List<OperatorRoute> routes = List.of();
    try {
      String text = Files.readString(read);
      if (text.equals(lastRead)) {
        return;
      }
      lastRead = text;
      routes = routes(text, found);
    } catch (IOException e) {
      lastRead = "";
      found.add("it cannot be read: " + e);
    }
    List<String> said = found.stream().map(words -> "gateway.routes: " + words).toList();
    if (said.isEmpty()) {
      inUse = InUse.of(routes);
      log.info("gateway routes: {}", routes.stream().map(OperatorRoute::id).toList());
    } else if (!said.equals(problems)) {
      log.warn("{} stays without effect:\n  - {}", file, String.join("\n  - ", said));
    }
    problems = said;
  }

  private List<OperatorRoute> routes(String text, List<String> found) {
    List<OperatorRoute> routes = new ArrayList<>();
    List<RoutesFile.Written> all = RoutesFile.read(text, found);
    if (!all.isEmpty() && maker == null) {
      maker = new RouteMaker();
    }
    for (RoutesFile.Written written : all) {
      Route made = maker == null ? null : maker.make(written.definition(), found);
      String id = written.definition().getId();
      refuseTarget(written.definition().getUri(), id, found);
      for (String host : written.hosts()) {
        if (ownHosts.contains(host)) {
          found.add("route '%s': the host '%s' is the platform's own".formatted(id, host));
        }
      }
      if (made != null) {
        routes.add(OperatorRoute.of(written, made));
      }
    }
    routes.sort(Comparator.comparingInt(route -> route.made().getOrder()));
    return routes;
  }

  private void refuseTarget(@Nullable URI target, @Nullable String id, List<String> found) {
    if (target != null && Called.of(target) == null) {
      String problem = targets.problem(target);
      if (problem != null) {
        found.add("route '%s': %s".formatted(id, problem));
      }
    }
  }

  // ── for the edge ─────────────────────────────────────────────────────────────────────────────

  @Override
  public boolean anyBeforeFunctions() {
    return inUse.hosts().anyBeforeFunctions();
  }

  @Override
  public @Nullable Claim claim(String host) {
    return inUse.hosts().claim(host);
  }

  // ── for the gateway ──────────────────────────────────────────────────────────────────────────

  List<Route> made() {
    return inUse.made();
  }

  // ── for people ───────────────────────────────────────────────────────────────────────────────

  /** A route as pages show it. */
  public record Seen(
      String id,
      List<String> hosts,
      boolean beforeFunctions,
      int order,
      String uri,
      @Nullable String functionOwner,
      @Nullable String functionName,
      List<String> predicates,
      List<String> filters) {
    private static Seen of(OperatorRoute route) {
      Called called = route.function();
      return new Seen(
          route.id(),
          route.written().hosts(),
          route.written().beforeFunctions(),
          route.made().getOrder(),
          route.uri(),
          called == null ? null : called.owner(),
          called == null ? null : called.name(),
          route.predicates(),
          route.filters());
    }
  }

  /** Every route, in the order in which they are tried. */
  public List<Seen> seen() {
    return inUse.routes().stream().map(Seen::of).toList();
  }

  /** Those that are tried for a host. */
  public List<Seen> seenFor(String host) {
    return inUse.routes().stream().filter(route -> route.serves(host)).map(Seen::of).toList();
  }

  /** What is wrong with the file that was read last; nothing if it is in use. */
  public List<String> problems() {
    return problems;
  }

  @Override
  public void close() throws InterruptedException {
    if (loop != null) {
      loop.close();
    }
  }
}
