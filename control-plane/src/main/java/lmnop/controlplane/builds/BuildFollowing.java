package lmnop.controlplane.builds;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import lmnop.controlplane.releases.StageLog;
import lmnop.operations.lifecycle.Pace;
import org.jspecify.annotations.Nullable;

/** Shows a build to somebody who looks on: its log as it grows, and the build as it changes. */
public final class BuildFollowing {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(300);

  private final BuildRecords builds;
  private final Pace pace;

  public BuildFollowing(BuildRecords builds, Pace pace) {
    this.builds = builds;
    this.pace = pace;
  }

  /** Takes what there is to see; one that fails has gone, and sees no more. */
  public interface Sink {
    /** The next lines of the log. */
    void lines(List<StageLog.Entry> lines) throws IOException;

    /** The build, at first and whenever something of it has changed. */
    void build(BuildRecords.Entry build) throws IOException;

    /** Nothing happened for a moment. */
    void nothing() throws IOException;
  }

  /** Gives the lines of the log that there are after one of this number. */
  public void read(long id, int after, Sink sink) throws IOException {
    lines(id, after, sink);
  }

  /** Gives them, and each as it comes, until the build has ended. */
  public void follow(long id, int after, Sink sink) throws IOException, InterruptedException {
    int shown = after;
    BuildRecords.@Nullable Entry said = null;
    while (true) {
      BuildRecords.Entry build =
          Objects.requireNonNull(builds.one(id).block(ANSWER), "the build is gone");
      shown = lines(id, shown, sink); // of a build that has ended, these are all
      if (!build.equals(said)) {
        sink.build(build);
        said = build;
      }
      if (build.state().ended()) {
        return;
      }
      sink.nothing();
      pace.pause(LOOK);
    }
  }

  private int lines(long id, int after, Sink sink) throws IOException {
    int shown = after;
    while (true) {
      List<StageLog.Entry> lines =
          Objects.requireNonNull(builds.log(id, shown).collectList().block(ANSWER));
      if (lines.isEmpty()) {
        return shown;
      }
      sink.lines(lines);
      shown = lines.getLast().number();
    }
  }
}
