package lmnop.controlplane.builds;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import lmnop.controlplane.git.Deployer;
import lmnop.controlplane.releases.ReleaseReport;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.releases.StageLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/** Watches builds for who pushed, and tells how they ended. */
final class BuildWatch {
  private static final Logger log = LoggerFactory.getLogger(BuildWatch.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration OUTAGE = Duration.ofMinutes(5);

  private final BuildStore store;
  private final BuildQueue underway;
  private final StageLog buildLog;
  private final BuildSignals signals;
  private final Releases releases;
  private final Routers routers;
  private final FunctionUrls urls;
  private final Clock clock;

  BuildWatch(Builds.Needs needs, BuildStore store, StageLog buildLog, BuildSignals signals) {
    this.store = store;
    this.underway = new BuildQueue(needs.database());
    this.buildLog = buildLog;
    this.signals = signals;
    this.releases = needs.releases();
    this.routers = needs.routers();
    this.urls = needs.urls();
    this.clock = needs.clock();
  }

  /** Shows the log as it grows, until the build has ended. */
  Deployer.Verdict toItsEnd(long id, ReleaseReport report) throws InterruptedException {
    int shown = 0;
    int place = 0;
    Instant patient = clock.instant().plus(LOOK);
    @Nullable Instant awaySince = null;
    try (BuildSignals.Watcher watcher = signals.watch(id)) {
      while (true) {
        watcher.await(LOOK);
        Look look = look(id, shown);
        if (look == null) {
          awaySince = patiently(awaySince, report);
          continue;
        }
        awaySince = null;
        Build build = look.build();
        for (StageLog.Entry entry : look.lines()) {
          report.entry(entry);
          shown = entry.number();
        }
        if (build.state().ended()) {
          return end(build, report);
        }
        Instant now = clock.instant();
        if (build.state() == Build.State.WAITING && now.isAfter(patient)) {
          patient = now.plus(LOOK);
          place = sayPlace(id, place, report);
        }
      }
    }
  }

  /**
   * Says where the build stands, if that has changed; that it is not known stops nothing. Returns
   * what was said last.
   */
  private int sayPlace(long id, int said, ReleaseReport report) {
    try {
      BuildQueue.Underway build = underway.underway(id).block(ANSWER);
      if (build != null && build.place() > 0 && build.place() != said) {
        report.note(clock.instant(), "waiting for a builder: " + Expectation.words(build));
        return build.place();
      }
    } catch (DataAccessException | IllegalStateException e) {
      log.warn("the place of build {} is said in a moment: {}", id, e.toString());
    }
    return said;
  }

  /** A build, and the lines of its log that were not shown yet. */
  private record Look(Build build, List<StageLog.Entry> lines) {}

  /** Looks at a build; nothing if the database is away, which does not stop the build. */
  private @Nullable Look look(long id, int shown) {
    try {
      Build build = Objects.requireNonNull(store.byId(id).block(ANSWER), "the build is gone");
      return new Look(
          build,
          Objects.requireNonNullElse(
              buildLog.after(id, shown).collectList().block(ANSWER), List.of()));
    } catch (DataAccessException | IllegalStateException e) {
      log.warn("build {} is watched again in a moment: {}", id, e.toString());
      return null;
    }
  }

  /** Says once that the database is away; returns since when. */
  private Instant patiently(@Nullable Instant awaySince, ReleaseReport report) {
    Instant now = clock.instant();
    if (awaySince == null) {
      report.note(now, "the database does not answer; this waits for it");
      return now;
    }
    if (now.isAfter(awaySince.plus(OUTAGE))) {
      throw new IllegalStateException("the database is away for too long to wait for it");
    }
    return awaySince;
  }

  private Deployer.Verdict end(Build build, ReleaseReport report) throws InterruptedException {
    if (build.state() != Build.State.LIVE) {
      return new Deployer.Verdict.Refused(failure(build));
    }
    try {
      sayWhatTheSwitchDid(build, report);
    } catch (DataAccessException | IllegalStateException e) {
      log.warn("what the switch of build {} did is not known: {}", build.id(), e.toString());
      report.note(clock.instant(), "live; the database does not say what the switch did");
    }
    return new Deployer.Verdict.Live();
  }

  private void sayWhatTheSwitchDid(Build build, ReleaseReport report) throws InterruptedException {
    Releases.@Nullable Switched switched = releases.switchedByBuild(build.id()).block(ANSWER);
    if (switched != null) {
      report.cutover(switched, routers, clock.instant());
      List<String> live = urls.ofBuild(build.id());
      if (!live.isEmpty()) {
        report.reached("Live:", live);
      }
      urls.ofPreviews(build.id())
          .forEach(preview -> report.reached(preview.title(), List.of(preview.url())));
    }
  }

  private static String failure(Build build) {
    return build.state() == Build.State.FAILED
        ? ReleaseReport.failure(build.stage(), build.fault(), build.message())
        : Objects.requireNonNullElse(build.message(), "no reason is known");
  }
}
