package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.tasks.Task;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
import lmnop.tasks.TaskQueue;
import reactor.core.publisher.Mono;
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

  private final Traffic traffic;
  private final TaskQueue queue;
  private final FunctionProvider provider;

  Drains(Traffic traffic, TaskQueue queue, FunctionProvider provider) {
    this.traffic = traffic;
    this.queue = queue;
    this.provider = provider;
  }

  /** Asks for a workload to be drained; part of the surrounding transaction. */
  Mono<Long> submit(Workload workload) {
    return submitTo(queue, workload);
  }

  /** The same, for those who run no drains. */
  static Mono<Long> submitTo(TaskQueue queue, Workload workload) {
    String payload =
        JsonMapper.shared()
            .writeValueAsString(
                Map.of("namespace", workload.namespace(), "workload", workload.name()));
    return queue.submit(KIND, workload.toString(), payload, Duration.ZERO, ATTEMPTS);
  }

  @Override
  public TaskOutcome work(Task task, TaskClaimer.Lease lease) {
    JsonNode payload = JsonMapper.shared().readTree(task.payload());
    String namespace = payload.path("namespace").asString();
    String workload = payload.path("workload").asString();
    boolean wanted =
        Objects.requireNonNullElse(traffic.isWanted(namespace, workload).block(ANSWER), true);
    if (wanted) {
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
