package lmnop.router.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.metrics.RouterMetrics;
import org.junit.jupiter.api.Test;

final class ShareTest {
  private static final long SECOND = 1_000_000_000L;

  private final Fleet fleet = new Fleet();

  private FunctionTraffic traffic(FunctionRoutes.Share... shares) {
    FunctionRoutes routes = new FunctionRoutes(1, "hello", "ada", List.of(shares));
    return FunctionTraffic.of(routes, new RouterMetrics().function("hello.ada"), fleet);
  }

  private static FunctionRoutes.Share share(String workload, int weight, int... ports) {
    return new FunctionRoutes.Share(
        1, 1, "default", workload, weight, RoutePolicy.DEFAULT, endpoints(ports));
  }

  private static List<FunctionRoutes.Endpoint> endpoints(int... ports) {
    return Arrays.stream(ports)
        .mapToObj(
            port -> new FunctionRoutes.Endpoint("i" + port, "http", "127.0.0.1", port, "", "http1"))
        .toList();
  }

  private static Instance choose(Share share, long now) {
    return Objects.requireNonNull(share.choose(now));
  }

  @Test
  void sharesByWeight() {
    FunctionTraffic traffic = traffic(share("old", 90, 1), share("new", 10, 2));
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      counts.merge(traffic.share().workload().name(), 1, Integer::sum);
    }
    assertThat(counts.get("new")).isBetween(1700, 2300);
    assertThat(counts.get("old")).isBetween(17_700, 18_300);
  }

  @Test
  void takesTheOneWithFewerInFlight() {
    Share share = traffic(share("a", 100, 1, 2)).share();
    Instance busy = choose(share, 0);
    busy.begin();
    for (int i = 0; i < 100; i++) {
      assertThat(choose(share, 0)).isNotSameAs(busy);
    }
    busy.end();
  }

  @Test
  void tellsWhatIsInFlightWaitsAndBeganOfEachWorkload() {
    Share share = traffic(share("a", 100, 1, 2)).share();
    Instance busy = choose(share, 0);
    busy.begin();
    busy.begin();
    busy.end();
    share.workload().await();
    assertThat(fleet.inFlight()).isEqualTo(Map.of("default/a", 1));
    assertThat(fleet.inFlightByInstance())
        .isEqualTo(Map.of("default/a", Map.of(busy.spelled(), 1)));
    assertThat(fleet.waiting()).isEqualTo(Map.of("default/a", 1));
    busy.end();
    share.workload().awaited();
    assertThat(fleet.inFlight()).isEmpty();
    assertThat(fleet.inFlightByInstance()).isEmpty();
    assertThat(fleet.waiting()).isEmpty();
    assertThat(fleet.begun()).isEqualTo(Map.of("default/a", 2L));
  }

  /** While the newest revision's part grows, nobody who has it is sent back. */
  @Test
  void movesAPlaceToTheNewestRevisionOnceAndNeverBack() {
    for (int place = 0; place < 1000; place++) {
      boolean moved = false;
      for (int weight = 0; weight <= 100; weight += 5) {
        FunctionTraffic traffic = traffic(share("old", 100 - weight, 1), share("new", weight, 2));
        boolean isNew = traffic.share((place + 0.5) / 1000).workload().name().equals("new");
        assertThat(isNew)
            .as("place %d at %d %%", place, weight)
            .isEqualTo(place >= 1000 - weight * 10);
        assertThat(moved && !isNew).isFalse();
        moved = isNew;
      }
    }
  }

  @Test
  void keepsInFlightNearlyEvenOverMany() {
    Share share = traffic(share("a", 100, 1, 2, 3, 4, 5, 6, 7, 8)).share();
    Map<Instance, Integer> chosen = new HashMap<>();
    for (int i = 0; i < 8000; i++) {
      Instance instance = choose(share, 0);
      instance.begin();
      chosen.merge(instance, 1, Integer::sum);
    }
    assertThat(chosen.values()).allMatch(count -> count > 950 && count < 1050);
  }

  @Test
  void setsAsideWhatRefusesAndLetsOneTryItAgain() {
    Share share = traffic(share("a", 100, 1)).share();
    Instance instance = choose(share, 0);
    instance.refused(SECOND);
    assertThat(share.choose(SECOND)).isNull();
    assertThat(share.canChoose(SECOND)).isFalse();
    assertThat(share.canChoose(2 * SECOND)).isTrue();
    assertThat(share.choose(2 * SECOND)).isSameAs(instance);
    assertThat(share.choose(2 * SECOND)).as("a second one at the same time").isNull();
    instance.worked();
    assertThat(share.choose(2 * SECOND)).isSameAs(instance);
  }

  @Test
  void findsTheOnlyOneOfManyThatWorks() {
    Share share = traffic(share("a", 100, 1, 2, 3, 4, 5)).share();
    Map<Integer, Instance> all = new HashMap<>();
    while (all.size() < 5) {
      Instance instance = choose(share, 0);
      all.put(instance.address().getPort(), instance);
    }
    all.forEach((port, instance) -> {
      if (port != 4) {
        instance.refused(SECOND);
      }
    });
    for (int i = 0; i < 50; i++) {
      assertThat(choose(share, SECOND).address().getPort()).isEqualTo(4);
    }
  }

  @Test
  void countsAnInstanceOnceOverAllSnapshots() {
    Instance before = choose(traffic(share("a", 100, 1)).share(), 0);
    Instance after = choose(traffic(share("a", 100, 1)).share(), 0);
    assertThat(after).isSameAs(before);
    before.begin();
    assertThat(fleet.inFlight()).containsExactly(Map.entry("default/a", 1));
    after.end();
    assertThat(fleet.inFlight()).isEmpty();
  }

  @Test
  void leavesOutEndpointsThatItCannotSpeakTo() {
    FunctionRoutes.Endpoint h3 = new FunctionRoutes.Endpoint("i", "http", "127.0.0.1", 1, "", "h3");
    FunctionTraffic traffic =
        traffic(
            new FunctionRoutes.Share(1, 1, "default", "a", 100, RoutePolicy.DEFAULT, List.of(h3)));
    assertThat(traffic.share().hasInstances()).isFalse();
  }
}
