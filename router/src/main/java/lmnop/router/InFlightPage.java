package lmnop.router;

import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import lmnop.operations.management.ManagementServer.Answer;
import lmnop.router.balance.Fleet;
import lmnop.router.edge.Edge;
import tools.jackson.databind.json.JsonMapper;

/**
 * Requests of each workload: in flight, waiting, begun, lost. An instance may stop when every live
 * router reports a change without it as applied, and no request in flight at its address. Whoever
 * scales by load reads how much there is to do.
 *
 * @param start another one each time that the router starts, and begins to count anew
 */
record InFlightPage(String router, String start, LongSupplier applied, Edge edge, Fleet fleet) {
  private record Page(
      String router,
      String start,
      long applied,
      Map<String, Integer> workloads,
      Map<String, Map<String, Integer>> instances,
      Map<String, Integer> waiting,
      Map<String, Long> begun,
      Map<String, Long> lost) {}

  /** The order matters: the change first, then the turn of every loop, then the counts. */
  Answer answer() {
    long number = applied.getAsLong();
    try {
      edge.awaitTurn();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return busy();
    } catch (TimeoutException e) {
      return busy();
    }
    return Answer.json(
        JsonMapper.shared()
            .writeValueAsString(
                new Page(
                    router,
                    start,
                    number,
                    fleet.inFlight(),
                    fleet.inFlightByInstance(),
                    fleet.waiting(),
                    fleet.begun(),
                    fleet.lost())));
  }

  private static Answer busy() {
    return new Answer(503, "text/plain", "An event loop does not end its turn.\n");
  }
}
