package lmnop.controlplane.crashes;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import lmnop.controlplane.git.Harmless;
import lmnop.providerapi.Crash;
import org.jspecify.annotations.Nullable;

/**
 * A crash of a function, as people see it.
 *
 * @param revision the function's own number of it; null where it is not known any more
 */
public record FunctionCrash(Crash crash, @Nullable Integer revision, @Nullable String commit) {
  private static final int SHORT_COMMIT = 7;
  private static final double MEBIBYTE = 1024.0 * 1024;

  /** Its number, by which it is asked for. */
  public int number() {
    return crash.number();
  }

  /** How it ended, without what would steer a terminal. */
  public String how() {
    return Harmless.plain(crash.how());
  }

  /** Revision and commit as people read them. */
  public String revisionInWords() {
    if (revision == null) {
      return crash.workload();
    }
    return commit == null
        ? revision.toString()
        : revision + " (" + commit.substring(0, Math.min(SHORT_COMMIT, commit.length())) + ")";
  }

  /** When it happened last. */
  public String lastInWords() {
    return seconds(crash.lastAt());
  }

  /** How often, and since when. */
  public String timesInWords() {
    return crash.times() == 1
        ? "once"
        : "%d times since %s".formatted(crash.times(), seconds(crash.firstAt()));
  }

  /** How long the last of these instances had run. */
  public String ranInWords() {
    Instant started = crash.startedAt();
    if (started == null) {
      return "it never came up";
    }
    Duration ran = Duration.between(started, crash.lastAt());
    return ran.toMinutes() > 0
        ? "%d min %d s".formatted(ran.toMinutes(), ran.toSecondsPart())
        : ran.toSeconds() > 0 ? ran.toSeconds() + " s" : Math.max(0, ran.toMillis()) + " ms";
  }

  /** How much memory it had, and how much it might have. */
  public String memoryInWords() {
    String limit = mebibytes(crash.memoryLimit());
    return crash.memoryPeak() == 0
        ? "not counted here; the limit is " + limit
        : "%s at most, of %s".formatted(mebibytes(crash.memoryPeak()), limit);
  }

  private static String mebibytes(long bytes) {
    return "%.0f MiB".formatted(bytes / MEBIBYTE);
  }

  private static String seconds(Instant moment) {
    return moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The limits that it met, each in a sentence. */
  public List<String> limits() {
    return crash.limits();
  }

  /** What it printed last. */
  public List<String> lines() {
    return crash.lines().stream().map(Harmless::plain).toList();
  }
}
