package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RouteTable;
import lmnop.router.balance.Fleet;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.balance.Share;
import lmnop.router.metrics.RouterMetrics;
import lmnop.router.resolve.Lookup;
import lmnop.router.resolve.Resolver;
import org.junit.jupiter.api.Test;

/** What a request for a known function leaves to the garbage collector before it is sent on. */
final class AllocationTest {
  private static final int WARM_UP = 200_000;
  private static final int RUNS = 100_000;
  private static final String HOST = "hello.apps.example.com";

  private final FunctionRoutes function =
      new FunctionRoutes(
          1, "hello", "ada", List.of(MapRoutes.share("hello-1", 5001, 5002, 5003, 5004)));
  private final RouteTable table =
      new RouteTable(
          key ->
              CompletableFuture.completedFuture(
                  new HostRoutes(1, List.of(new HostRoutes.Rule("/", null, function)))),
          new SimpleMeterRegistry(),
          InstantSource.system());
  private final LastEntrance last =
      new LastEntrance(new Resolver("apps.example.com", "portal.example.com"));

  /**
   * Bytes that a run allocates on average; what the compiler is still about is spread over many.
   */
  private static double bytesOf(IntSupplier run) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int seen = 0;
    for (int i = 0; i < WARM_UP; i++) {
      seen += run.getAsInt();
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < RUNS; i++) {
      seen += run.getAsInt();
    }
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(seen).isEqualTo(WARM_UP + RUNS);
    return (double) bytes / RUNS;
  }

  private int resolve(String host, String target) {
    Objects.requireNonNull(last.of(host));
    Lookup lookup = last.lookup(target);
    HostRoutes routes = table.cached(Objects.requireNonNull(lookup).key());
    String path = lookup.named() ? "/" : lookup.pathOf(target); // which the function is sent anyway
    HostRoutes.Rule rule = Objects.requireNonNull(routes).match(path);
    FunctionRoutes found = Objects.requireNonNull(Objects.requireNonNull(rule).function());
    return found.id() == function.id() ? 1 : 0;
  }

  @Test
  void resolvesAKnownHostWithoutAllocating() {
    table.resolve(new RouteKey.Host(HOST));
    assertThat(bytesOf(() -> resolve(HOST, "/a/b?c=d"))).isLessThan(1);
  }

  @Test
  void resolvesAFunctionThatAPresetNamesWithoutAllocating() {
    table.resolve(new RouteKey.Named("ada", "hello"));
    assertThat(bytesOf(() -> resolve("127.0.0.1:8080", "/fn/ada/hello/a?b"))).isLessThan(1);
  }

  @Test
  void picksAnInstanceWithoutAllocating() {
    FunctionTraffic traffic =
        FunctionTraffic.of(function, new RouterMetrics().function("hello.ada"), new Fleet());
    IntSupplier pick =
        () -> {
          Share share = traffic.share();
          return Objects.requireNonNull(share.choose(0)).begin() ? 1 : 0;
        };
    assertThat(bytesOf(pick)).isLessThan(1);
  }

  @Test
  void countsWhatIsAllocated() {
    assertThat(bytesOf(() -> new byte[100 + (int) (System.nanoTime() & 1)].length >= 100 ? 1 : 0))
        .isGreaterThan(100);
  }
}
