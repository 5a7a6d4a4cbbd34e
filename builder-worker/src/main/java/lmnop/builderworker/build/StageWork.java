package lmnop.builderworker.build;

import java.io.IOException;

/** The work of one stage. Doing it again from the start gives the same. */
interface StageWork {
  /**
   * Does it.
   *
   * @throws BuildFailure if trying again would not help
   * @throws IOException if it may
   */
  void run(Build build) throws BuildFailure, IOException, InterruptedException;
}
