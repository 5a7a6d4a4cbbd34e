package lmnop.controlplane;

import java.util.List;
import lmnop.controlplane.builds.Builds;
import lmnop.operations.database.Notices;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskQueue;

/** Hands PostgreSQL's notices to those who wait for them. */
record Signals(Builds builds, TaskClaimer claimer) implements Notices.Listener {
  static final List<String> CHANNELS =
      List.of(Builds.CHANNEL, TaskQueue.SUBMITTED, TaskQueue.ENDED);

  @Override
  public void connected() {
    claimer.nudge();
    builds.taskEnded();
  }

  @Override
  public void notice(String channel, String payload) {
    switch (channel) {
      case Builds.CHANNEL -> builds.buildChanged(payload);
      case TaskQueue.SUBMITTED -> claimer.nudge();
      default -> builds.taskEnded();
    }
  }
}
