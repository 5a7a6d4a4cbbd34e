package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import lmnop.tasks.Task;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Has the provider run again what a function's traffic names, under the same names: after a restore
 * the rows are there and the provider knows nothing of them. Weights and previews stay as they are.
 */
public final class Reinstatement implements TaskClaimer.Worker {
  /** The kind of task that this runs; its payload has a {@code functionId}. */
  public static final String KIND = "reinstate";

  private static final Logger log = LoggerFactory.getLogger(Reinstatement.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration SOON = Duration.ofSeconds(5);

  private final ReleaseStore store;
  private final FunctionProvider provider;
  private final SecretValues secrets;
  private final ReleaseSecrets notes;

  Reinstatement(Database database, FunctionProvider provider, SecretValues secrets) {
    this.store = new ReleaseStore(database);
    this.provider = provider;
    this.secrets = secrets;
    this.notes = new ReleaseSecrets(database);
  }

  @Override
  public TaskOutcome work(Task task, TaskClaimer.Lease lease) throws InterruptedException {
    long function = JsonMapper.shared().readTree(task.payload()).path("functionId").asLong();
    for (Release.Part part : await(store.inTraffic(function).collectList())) {
      try {
        lease.check();
        deliverSecrets(part, WorkloadSpec.deployment(part));
        provider.deploy(WorkloadSpec.deployment(part));
      } catch (ProviderException | ReleaseFailure e) {
        log.warn("{} of {} does not run yet: {}", part.workload(), part.function(), e.getMessage());
        return TaskOutcome.Again.because(SOON, String.valueOf(e.getMessage()));
      }
    }
    return new TaskOutcome.Done("{}");
  }

  /** What the workload had before is gone with its provider: it gets the values of now. */
  private void deliverSecrets(Release.Part part, FunctionDeployment deployment) {
    List<String> names = Objects.requireNonNullElse(deployment.secrets(), List.of());
    if (names.isEmpty()) {
      return;
    }
    List<SecretValues.Value> values = await(secrets.of(part.owner(), part.function(), names));
    notes.noteAnew(part, values).block(ANSWER);
    for (SecretValues.Value value : values) {
      provider.putSecret(new Secret(value.name(), part.namespace(), null, value.bytes()));
    }
  }

  private static <T> T await(Mono<T> answer) {
    return Objects.requireNonNull(answer.block(ANSWER), "the database gave no row");
  }
}
