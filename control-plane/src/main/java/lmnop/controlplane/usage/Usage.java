package lmnop.controlplane.usage;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** How functions are used, as far back as it is kept. */
public final class Usage {
  private final UsageStore store;
  private final Clock clock;

  public Usage(Database database, Clock clock) {
    this.store = new UsageStore(database);
    this.clock = clock;
  }

  /** How far back somebody looks, and how closely. */
  public enum Window {
    HOUR(Duration.ofHours(1), Duration.ofMinutes(1)),
    DAY(Duration.ofHours(24), Duration.ofMinutes(15));

    private final Duration whole;
    private final Duration step;

    Window(Duration whole, Duration step) {
      this.whole = whole;
      this.step = step;
    }

    /** The minutes that are one point of it. */
    public Duration step() {
      return step;
    }

    private int points() {
      return (int) whole.dividedBy(step);
    }
  }

  /** Requests that ended, and errors among them. */
  public record Total(long requests, long errors) {
    /** Nobody asked. */
    public static final Total NOTHING = new Total(0, 0);
  }

  /** What happened to functions in the last hour, by {@code owner/function}; to others nothing. */
  public Mono<Map<String, Total>> lastHour(List<String> functions) {
    return store.lastHour(functions);
  }

  /** The points of a window up to now, each of them, the last one of minutes that are not over. */
  public Mono<List<UsagePoint>> of(OwnerName owner, FunctionName function, Window window) {
    long step = window.step.toSeconds();
    Instant last = Instant.ofEpochSecond(clock.instant().getEpochSecond() / step * step);
    Instant first = last.minus(window.step.multipliedBy(window.points() - 1));
    Instant before =
        first.minus(UsageSampler.WHOLE); // so far back instances are told at least once
    return store
        .of(owner, function, before, window.step)
        .collectList()
        .map(found -> whole(found, before, first, last, window.step));
  }

  private static List<UsagePoint> whole(
      List<UsagePoint> found, Instant before, Instant first, Instant last, Duration step) {
    Map<Instant, UsagePoint> known =
        found.stream().collect(Collectors.toMap(UsagePoint::at, point -> point));
    List<UsagePoint> points = new ArrayList<>();
    @Nullable Integer instances = null;
    Instant told = before;
    for (Instant at = before; !at.isAfter(last); at = at.plus(step)) {
      UsagePoint point = known.getOrDefault(at, UsagePoint.nothing(at));
      Integer here = point.instances();
      if (here != null) {
        instances = here;
        told = at;
      }
      boolean old = told.plus(UsageSampler.WHOLE).plus(step).isBefore(at); // nobody has counted
      if (!at.isBefore(first)) {
        points.add(point.with(old ? null : instances));
      }
    }
    return points;
  }
}
