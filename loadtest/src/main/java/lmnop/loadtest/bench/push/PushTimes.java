package lmnop.loadtest.bench.push;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the time of one push went: milliseconds of each part, in running order. They add up to the
 * whole, from the start of git to the first answer of what was pushed.
 */
record PushTimes(Map<String, Double> parts) {
  /** git's own work and requests, the password, the objects and their checks. */
  static final String RECEIVED = "git, until it builds";

  private static final List<String> BUILT = List.of("CHECKOUT", "TEMPLATE", "ARTIFACT");
  private static final List<String> OF_TEMPLATE = List.of("DEPENDENCIES", "BUILD");
  private static final List<String> RELEASED = List.of("DEPLOY", "VERIFY", "CUTOVER");

  static PushTimes of(Instant began, History.Live live, Instant told, Instant answered) {
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put(RECEIVED, between(began, live.accepted()));
    parts.put("until a worker has it", between(live.accepted(), live.started()));
    double stages = 0;
    for (String stage : BUILT) {
      stages += stage(live, stage);
    }
    for (String stage : RELEASED) {
      stages += stage(live, stage);
    }
    double template = stage(live, "TEMPLATE");
    for (String part : OF_TEMPLATE) {
      template -= stage(live, part);
    }
    parts.put("CHECKOUT", stage(live, "CHECKOUT"));
    parts.put("TEMPLATE, the rest", template);
    OF_TEMPLATE.forEach(part -> parts.put(part, stage(live, part)));
    parts.put("ARTIFACT", stage(live, "ARTIFACT"));
    parts.put("from build to release", between(live.started(), live.live()) - stages);
    RELEASED.forEach(stage -> parts.put(stage, stage(live, stage)));
    parts.put("routers, and git's end", between(live.live(), told));
    parts.put("first 200", between(told, answered));
    return new PushTimes(parts);
  }

  private static double stage(History.Live live, String name) {
    return live.stages().getOrDefault(name, 0L);
  }

  private static double between(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e6;
  }

  double part(String name) {
    return parts.getOrDefault(name, 0.0);
  }

  /** Milliseconds of all of it. */
  double whole() {
    return parts.values().stream().mapToDouble(Double::doubleValue).sum();
  }
}
