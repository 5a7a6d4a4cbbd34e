package lmnop.router.edge;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RouteTable;
import lmnop.router.resolve.Lookup;
import lmnop.router.resolve.Resolver;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From a Host header and a target to the rule that covers them, in tables of two sizes. */
@State(Scope.Thread)
public class ResolveBench {
  private static final String TARGET = "/some/path?and=query";

  @Param({"1000", "1000000"})
  int routes;

  private final LastEntrance last =
      new LastEntrance(new Resolver("apps.example.com", "portal.example.com"));
  private final RouteTable table =
      new RouteTable(
          key -> CompletableFuture.completedFuture(entry(key)),
          new SimpleMeterRegistry(),
          InstantSource.system());
  private String[] hosts = new String[0];
  private long functions;

  /** Fills the table as requests would. */
  @Setup
  public void fill() {
    hosts = new String[routes];
    for (int i = 0; i < routes; i++) {
      hosts[i] = "function-" + i + ".apps.example.com";
      table.resolve(new RouteKey.Host(hosts[i])).toCompletableFuture().join();
    }
  }

  private HostRoutes entry(RouteKey key) {
    functions++;
    FunctionRoutes.Endpoint endpoint =
        new FunctionRoutes.Endpoint("i" + functions, "http", "10.0.0.1", 5000, "", "http1");
    FunctionRoutes.Share share =
        new FunctionRoutes.Share(
            functions, 1, "default", "w-" + functions, 100, RoutePolicy.DEFAULT, List.of(endpoint));
    FunctionRoutes function =
        new FunctionRoutes(functions, String.valueOf(key), "default", List.of(share));
    return new HostRoutes(1, List.of(new HostRoutes.Rule("/", null, function)));
  }

  private HostRoutes.@Nullable Rule resolve(String host) {
    Objects.requireNonNull(last.of(host));
    Lookup lookup = Objects.requireNonNull(last.lookup(TARGET));
    HostRoutes found = Objects.requireNonNull(table.cached(lookup.key()));
    return found.match(lookup.pathOf(TARGET));
  }

  /** The next request of a connection, to the same host. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  public HostRoutes.@Nullable Rule sameHost() {
    return resolve(hosts[0]);
  }

  /** A request to any other host, which the processor's caches do not hold. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public HostRoutes.@Nullable Rule anyHost() {
    return resolve(hosts[ThreadLocalRandom.current().nextInt(routes)]);
  }
}
