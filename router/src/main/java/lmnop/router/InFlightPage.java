package lmnop.router;

import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import lmnop.operations.management.ManagementServer.Answer;
import lmnop.router.balance.Fleet;
import lmnop.router.edge.Edge;
import tools.jackson.databind.json.JsonMapper;

/**
 * Requests in flight of each workload, and those that it lost. An instance may stop when every live
 * router reports a change without it as applied, and no request in flight.
 */
record InFlightPage(String router, LongSupplier applied, Edge edge, Fleet fleet) {
  private record Page(
      String router, long applied, Map<String, Integer> workloads, Map<String, Long> lost) {}

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
            .writeValueAsString(new Page(router, number, fleet.inFlight(), fleet.lost())));
  }

  private static Answer busy() {
    return new Answer(503, "text/plain", "An event loop does not end its turn.\n");
  }
}
