package lmnop.controlplane.portal;

import java.util.List;
import lmnop.controlplane.builds.Build;
import lmnop.controlplane.builds.BuildRecords;

/** A stage of a build, and whether it has come to it. */
public record BuildStep(String stage, State state) {
  private static final List<String> STAGES =
      List.of("CHECKOUT", "TEMPLATE", "ARTIFACT", "DEPLOY", "VERIFY", "CUTOVER");

  /** Where a build is, seen from a stage. */
  public enum State {
    DONE("done"),
    NOW("under way"),
    FAILED("failed"),
    AHEAD("to come");

    private final String words;

    State(String words) {
      this.words = words;
    }

    /** The state as people read it. */
    public String words() {
      return words;
    }
  }

  /**
   * The stages of a build in their order.
   *
   * @param reached the stage that its log has come to; empty before its first line
   */
  static List<BuildStep> of(BuildRecords.Entry build, String reached) {
    String stage = build.stage();
    int at = STAGES.indexOf(build.state() == Build.State.FAILED && stage != null ? stage : reached);
    return STAGES.stream()
        .map(one -> new BuildStep(one, state(build.state(), STAGES.indexOf(one), at)))
        .toList();
  }

  private static State state(Build.State build, int one, int at) {
    if (build == Build.State.LIVE || one < at) {
      return State.DONE;
    }
    if (one > at) {
      return State.AHEAD;
    }
    return switch (build) {
      case FAILED -> State.FAILED;
      case BUILDING, RELEASING -> State.NOW;
      default -> State.AHEAD;
    };
  }
}
