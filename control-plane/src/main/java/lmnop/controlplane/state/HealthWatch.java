package lmnop.controlplane.state;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import lmnop.operations.management.Checks;

/**
 * Looks at what the control plane needs again and again, so that a page is answered at once,
 * whatever hangs, and can say since when something is as it is.
 */
public final class HealthWatch {
  /**
   * What was found last of one thing.
   *
   * @param words for whoever runs the platform
   * @param since when it began to be like this; at the earliest, when this control plane started
   */
  public record Part(String name, boolean ok, String words, Instant since) {}

  private final Checks checks;
  private final Clock clock;
  private final Instant startedAt;
  private volatile List<Part> parts = List.of();

  public HealthWatch(Checks checks, Clock clock) {
    this.checks = checks;
    this.clock = clock;
    this.startedAt = clock.instant();
  }

  /** Looks once. */
  public void look() {
    Map<String, Part> before =
        parts.stream().collect(Collectors.toMap(Part::name, Function.identity()));
    Instant now = before.isEmpty() ? startedAt : clock.instant();
    List<Part> found = new ArrayList<>();
    checks
        .find()
        .forEach((name, finding) -> {
          Part last = before.get(name);
          Instant since = last == null || last.ok() != finding.ok() ? now : last.since();
          found.add(new Part(name, finding.ok(), finding.words(), since));
        });
    parts = List.copyOf(found);
  }

  /** What was found last; nothing before the first look. */
  public List<Part> parts() {
    return parts;
  }

  /** When this control plane started. */
  public Instant startedAt() {
    return startedAt;
  }
}
