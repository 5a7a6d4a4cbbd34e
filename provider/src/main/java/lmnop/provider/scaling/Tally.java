package lmnop.provider.scaling;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import lmnop.provider.api.ByLoad.Measure;
import lmnop.provider.registry.RouterReport;
import lmnop.provider.registry.Routers.Reports;
import org.jspecify.annotations.Nullable;

/** Makes what routers report, look by look, into what was seen of each workload. */
final class Tally {
  private static final Duration FORGOTTEN = Duration.ofMinutes(10);

  /** What one router had begun since its start when it reported last. */
  private record Before(Duration at, String start, Map<String, Long> begun) {}

  /** What the routers have of one workload. */
  private record Traffic(int present, double rate, boolean used) {
    static final Traffic NONE = new Traffic(0, 0, false);

    Traffic and(Traffic other) {
      return new Traffic(present + other.present, rate + other.rate, used || other.used);
    }
  }

  private final Map<String, Before> routers = new HashMap<>();
  private Map<String, Traffic> traffic = Map.of();
  private Duration at = Duration.ZERO;
  private boolean whole;

  /** Takes in what the routers say at a time; one that is silent now is heard later. */
  void hear(Reports reports, Duration now) {
    at = now;
    whole = reports.whole();
    Map<String, Traffic> heard = new HashMap<>();
    for (RouterReport report : reports.reports()) {
      Before before = routers.put(report.router(), new Before(now, report.start(), report.begun()));
      report
          .workloads()
          .forEach((workload, count) ->
              heard.merge(workload, new Traffic(count, 0, count > 0), Traffic::and));
      report
          .waiting()
          .forEach((workload, count) ->
              heard.merge(workload, new Traffic(count, 0, count > 0), Traffic::and));
      report
          .begun()
          .forEach((workload, count) ->
              heard.merge(workload, begun(before, workload, count), Traffic::and));
    }
    routers.values().removeIf(router -> now.minus(router.at()).compareTo(FORGOTTEN) > 0);
    traffic = heard;
  }

  /** A router that is new, or began to count anew, says how many there were, and not since when. */
  private Traffic begun(@Nullable Before before, String workload, long count) {
    Long then = before == null ? null : before.begun().get(workload);
    int more = (int) (count - (then == null ? 0 : then)); // modulo 2^32, as routers count
    if (before == null || more < 0 || !at.minus(before.at()).isPositive()) {
      return new Traffic(0, 0, count > 0);
    }
    double seconds = at.minus(before.at()).toNanos() / 1e9;
    return new Traffic(0, more / seconds, more > 0);
  }

  /** How many requests each router that was heard has sent to a workload since its start. */
  Map<String, Long> begun(String workload) {
    Map<String, Long> begun = new HashMap<>();
    routers.forEach((router, said) -> {
      if (said.at().equals(at)) {
        begun.put(router + "@" + said.start(), said.begun().getOrDefault(workload, 0L));
      }
    });
    return begun;
  }

  /** Whether everybody said what they have, and nobody has or awaits anything of a workload. */
  boolean isQuiet(String workload) {
    return whole && traffic.getOrDefault(workload, Traffic.NONE).present() == 0;
  }

  /**
   * What was seen of a workload at that time.
   *
   * @param cpu thousandths of a processor that its instances take; null where that is not known
   */
  Sample sample(String workload, @Nullable Measure measure, @Nullable Double cpu) {
    Traffic seen = traffic.getOrDefault(workload, Traffic.NONE);
    if (measure == Measure.CPU) {
      return new Sample(at, whole && cpu != null, cpu == null ? 0 : cpu, seen.used());
    }
    return new Sample(
        at, whole, measure == Measure.RPS ? seen.rate() : seen.present(), seen.used());
  }
}
