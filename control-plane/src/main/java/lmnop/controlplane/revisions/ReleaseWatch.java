package lmnop.controlplane.revisions;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.releases.ReleaseReport;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.releases.Seconds;
import lmnop.controlplane.releases.StageLog;
import lmnop.operations.lifecycle.Pace;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Shows an operator a release that a control plane carries out; blocks until it has ended. */
public final class ReleaseWatch {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final Duration SILENCE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Releases releases;
  private final Routers routers;
  private final Pace pace;
  private final Consumer<String> out;

  public ReleaseWatch(Releases releases, Routers routers, Pace pace, Consumer<String> out) {
    this.releases = releases;
    this.routers = routers;
    this.pace = pace;
    this.out = out;
  }

  /** Shows a release until it has ended well, and what it did; returns how long it took. */
  public Duration carriedOut(Asked asked) throws InterruptedException {
    Instant askedAt = await(releases.progress(asked.release())).askedAt();
    ReleaseReport report = new ReleaseReport(out, askedAt);
    if (asked.waitsFor() != null) {
      report.note(askedAt, asked.waitsFor() + " is under way: this waits for its end");
    }
    Releases.Progress ended = follow(asked.release(), report);
    Instant endedAt = Objects.requireNonNullElse(ended.endedAt(), askedAt);
    if (!ended.succeeded()) {
      throw new Refused(
          ReleaseReport.failure(ended.stage(), ended.fault(), ended.message())
              + "\nWhat served before goes on.");
    }
    Releases.@Nullable Switched switched = releases.switched(asked.release()).block(ANSWER);
    if (switched != null) {
      report.cutover(switched, routers, endedAt);
    }
    return Duration.between(askedAt, endedAt);
  }

  /** Shows what a release says, until it has ended. */
  private Releases.Progress follow(long release, ReleaseReport report) throws InterruptedException {
    Duration start = pace.elapsed();
    int shown = 0;
    boolean silent = true;
    while (true) {
      Releases.Progress progress = await(releases.progress(release));
      for (StageLog.Entry entry : lines(release, shown)) {
        report.entry(entry);
        shown = entry.number();
      }
      if (progress.endedAt() != null) {
        return progress;
      }
      Duration waited = pace.elapsed().minus(start);
      if (silent && shown == 0 && waited.compareTo(SILENCE) > 0) {
        silent = false; // said once
        out.accept("It waits for a control plane; it happens without this command too.");
      }
      if (waited.compareTo(PATIENCE) > 0) {
        throw new Refused(
            "It has not ended after %s and goes on by itself: ./lmnop revisions shows how it ends."
                .formatted(Seconds.of(PATIENCE)));
      }
      pace.pause(LOOK);
    }
  }

  private List<StageLog.Entry> lines(long release, int after) {
    return await(releases.said(release, after).collectList());
  }

  private static <T> T await(Mono<T> answer) {
    @Nullable T value = answer.block(ANSWER);
    return Objects.requireNonNull(value, "the database gave no row");
  }
}
