package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.tasks.Task;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
import lmnop.tasks.TaskQueue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Removes workloads that get no traffic any more. The provider itself lets the requests in flight
 * end before an instance stops.
 */
public final class Drains implements TaskClaimer.Worker {
  /** The kind of task that this runs. */
  public static final String KIND = "drain";

  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final int ATTEMPTS = 1000; // hours of a provider that is away

  private final Database database;
  private final ReleaseStore store;
  private final TaskQueue queue;
  private final FunctionProvider provider;

  Drains(Database database, ReleaseStore store, TaskQueue queue, FunctionProvider provider) {
    this.database = database;
    this.store = store;
    this.queue = queue;
    this.provider = provider;
  }

  /** Asks for the workloads that a release replaced to be drained. */
  void submit(long release) {
    database
        .inTransaction(
            store
                .replaced(release)
                .concatMap(workload ->
                    queue.submit(
                        KIND,
                        workload.getKey() + "/" + workload.getValue(),
                        JsonMapper.shared()
                            .writeValueAsString(
                                Map.of(
                                    "namespace", workload.getKey(),
                                    "workload", workload.getValue())),
                        Duration.ZERO,
                        ATTEMPTS))
                .then())
        .block(ANSWER);
  }

  @Override
  public TaskOutcome work(Task task, TaskClaimer.Lease lease) {
    JsonNode payload = JsonMapper.shared().readTree(task.payload());
    String namespace = payload.path("namespace").asString();
    String workload = payload.path("workload").asString();
    boolean serving =
        Objects.requireNonNullElse(store.hasTraffic(namespace, workload).block(ANSWER), true);
    if (serving) {
      return new TaskOutcome.Done("{\"kept\":true}"); // rolled back meanwhile
    }
    try {
      provider.delete(workload, namespace);
    } catch (ProviderException e) {
      return TaskOutcome.Again.because(Duration.ofSeconds(5), String.valueOf(e.getMessage()));
    }
    return new TaskOutcome.Done("{}");
  }
}
