package lmnop.router.edge;

import java.util.List;
import java.util.stream.IntStream;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.balance.Fleet;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.balance.Instance;
import lmnop.router.metrics.RouterMetrics;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The choice of a revision by weight, and of one of its ten instances. */
@State(Scope.Thread)
public class PickBench {
  private final FunctionTraffic traffic = traffic(share("old", 90), share("new", 10));

  private static FunctionTraffic traffic(FunctionRoutes.Share... shares) {
    return FunctionTraffic.of(
        new FunctionRoutes(1, "hello", "default", List.of(shares)),
        new RouterMetrics().function("hello.default"),
        new Fleet());
  }

  private static FunctionRoutes.Share share(String workload, int weight) {
    List<FunctionRoutes.Endpoint> endpoints =
        IntStream.range(0, 10)
            .mapToObj(i ->
                new FunctionRoutes.Endpoint(
                    workload + i, "http", "10.0.0." + (i + 1), 5000, "", "http1"))
            .toList();
    return new FunctionRoutes.Share(
        1, 1, "default", workload, weight, RoutePolicy.DEFAULT, endpoints);
  }

  /** The choice alone. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  public @Nullable Instance choose() {
    return traffic.share().choose(System.nanoTime());
  }
}
