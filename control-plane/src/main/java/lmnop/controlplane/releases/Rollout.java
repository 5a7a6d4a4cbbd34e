package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lmnop.operations.lifecycle.Looks;
import lmnop.operations.lifecycle.Pace;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import lmnop.tasks.TaskClaimer;
import org.jspecify.annotations.Nullable;

/** DEPLOY and VERIFY: has the new workloads run beside the old ones until each is ready. */
final class Rollout {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration PROVIDER_PATIENCE = Duration.ofSeconds(30);
  private static final Duration VERIFY_PATIENCE = Duration.ofSeconds(60);

  /** How long a reason may stand before it is taken for final; one restart often mends it. */
  private static final Duration REASON_PATIENCE = Duration.ofSeconds(3);

  private static final int LAST_LINES = 30;
  private static final int LINES_READ = 300; // of all instances, to find those of the last one

  private static final Looks LOOKS = new Looks(Duration.ofMillis(10), Duration.ofMillis(250));
  private static final Duration PROVIDER_LOOK = Duration.ofMillis(200);
  private static final int AT_WORK = 503; // and its words say how far it is

  private final ReleaseStore store;
  private final FunctionProvider provider;
  private final SecretValues secrets;
  private final ReleaseSecrets notes;
  private final ReleaseLog lines;
  private final Pace pace;
  private final ReleaseSettings settings;

  Rollout(
      ReleaseStore store,
      FunctionProvider provider,
      SecretValues secrets,
      ReleaseSecrets notes,
      ReleaseLog lines,
      Pace pace,
      ReleaseSettings settings) {
    this.store = store;
    this.provider = provider;
    this.secrets = secrets;
    this.notes = notes;
    this.lines = lines;
    this.pace = pace;
    this.settings = settings;
  }

  /** Starts every new workload with as many instances as the one that it shall replace. */
  void deploy(Release release, TaskClaimer.Lease lease) throws InterruptedException {
    for (Release.Part part : release.parts()) {
      deploy(release, part, lease);
    }
  }

  /** Waits until every new workload has an instance that answers. */
  void verify(Release release, TaskClaimer.Lease lease) throws InterruptedException {
    for (Release.Part part : release.parts()) {
      verify(release, part, lease);
    }
  }

  private void deploy(Release release, Release.Part part, TaskClaimer.Lease lease)
      throws InterruptedException {
    if (release.cause() == Release.Cause.PREVIEW) {
      checkSecrets(release, part);
    }
    String current = part.current();
    lines.say(
        release,
        "DEPLOY",
        current == null ? part.workload() : part.workload() + " beside " + current);
    FunctionDeployment deployment = WorkloadSpec.deployment(part);
    deliverSecrets(release, part, deployment, lease);
    patiently(
        () -> {
          lease.check();
          provider.deploy(deployment);
          return true;
        },
        progress -> lines.say(release, "DEPLOY", progress));
    int replicas = current == null ? 1 : Math.max(1, replicas(current, part.namespace()));
    if (replicas(part.workload(), part.namespace()) < replicas) { // one that was there may sleep
      patiently(() -> provider.scale(part.workload(), part.namespace(), replicas));
    }
  }

  /** Whatever interrupts this, the next one who works on the release puts all of them again. */
  private void deliverSecrets(
      Release release, Release.Part part, FunctionDeployment deployment, TaskClaimer.Lease lease)
      throws InterruptedException {
    List<String> names = Objects.requireNonNullElse(deployment.secrets(), List.of());
    if (names.isEmpty()) {
      return;
    }
    List<SecretValues.Value> values =
        Objects.requireNonNull(
            secrets.of(part.owner(), part.function(), names).block(ANSWER), "no secrets came");
    notes.note(release, part, values).block(ANSWER);
    for (SecretValues.Value value : values) {
      Secret secret = new Secret(value.name(), part.namespace(), null, value.bytes());
      patiently(() -> {
        lease.check();
        provider.putSecret(secret);
        return true;
      });
    }
  }

  /** A preview that lacks a secret often does not get ready: this line says why. */
  private void checkSecrets(Release release, Release.Part part) {
    ReleaseSecrets.OfPreview asked =
        Objects.requireNonNull(
            notes
                .ofPreview(Objects.requireNonNull(release.buildId()), part.functionId())
                .block(ANSWER),
            "the preview has no build");
    if (!asked.withheld().isEmpty()) {
      lines.say(
          release,
          "DEPLOY",
          "without the secrets %s: a preview reads only those that `preview.secrets` names"
              .formatted(String.join(", ", asked.withheld())));
    }
    if (!asked.forbidden().isEmpty()) {
      throw ReleaseFailure.ofUser(
          "a preview of %s may not read %s: `preview.secrets` of what serves now does not name it, and a branch cannot allow that itself"
              .formatted(part.function(), String.join(", ", asked.forbidden())));
    }
  }

  private int replicas(String workload, String namespace) throws InterruptedException {
    return patiently(() -> provider.status(workload, namespace))
        .map(FunctionStatus::replicas)
        .orElse(1);
  }

  private void verify(Release release, Release.Part part, TaskClaimer.Lease lease)
      throws InterruptedException {
    Duration began = pace.elapsed();
    @Nullable Duration wrongSince = null;
    while (true) {
      lease.check();
      Optional<FunctionStatus> status =
          patiently(() -> provider.status(part.workload(), part.namespace()));
      if (status.isEmpty()) {
        throw ReleaseFailure.ofPlatform("the provider lost " + part.workload() + ": push again");
      }
      Duration waited = pace.elapsed().minus(began);
      if (status.get().availableReplicas() >= 1) {
        lines.say(release, "VERIFY", release.about(part) + "ready after " + Seconds.of(waited));
        return;
      }
      Optional<String> reason = reason(part);
      wrongSince = reason.isEmpty() ? null : wrongSince == null ? waited : wrongSince;
      boolean stands =
          wrongSince != null && waited.minus(wrongSince).compareTo(REASON_PATIENCE) > 0;
      if (stands || waited.compareTo(VERIFY_PATIENCE) > 0) {
        showLastLines(release, part);
        throw notReady(part, reason);
      }
      pace.pause(LOOKS.after(waited));
    }
  }

  private Optional<String> reason(Release.Part part) {
    return store
        .reason(part.namespace(), part.workload())
        .blockOptional(ANSWER)
        .orElse(Optional.empty());
  }

  private static ReleaseFailure notReady(Release.Part part, Optional<String> reason) {
    return ReleaseFailure.ofUser(
        reason
            .flatMap(words -> words.lines().findFirst()) // what it printed is shown already
            .map(words -> "no instance of " + part.function() + " got ready: " + words)
            .orElseGet(() ->
                "no instance of %s got ready within %s: does it listen on the port in $PORT?"
                    .formatted(part.function(), Seconds.of(VERIFY_PATIENCE))));
  }

  /** Shows what the newest instance that printed something printed last; the provider keeps it. */
  private void showLastLines(Release release, Release.Part part) {
    List<String> printed = lastLines(part);
    List<String> shown = new ArrayList<>();
    shown.add(
        printed.isEmpty()
            ? part.function() + " printed nothing"
            : "the last lines that " + part.function() + " printed:");
    printed.forEach(line -> shown.add("  " + line));
    lines.lines(release, "VERIFY", shown).block(ANSWER);
  }

  private List<String> lastLines(Release.Part part) {
    LogRequest request =
        new LogRequest(part.workload(), part.namespace(), null, LINES_READ, false, null);
    try (Stream<LogLine> log = provider.logs(request)) {
      List<LogLine> all = log.toList();
      List<String> ofNewest =
          all.stream()
              .filter(line -> Objects.equals(line.instance(), all.getLast().instance()))
              .map(LogLine::text)
              .toList();
      return ofNewest.subList(Math.max(0, ofNewest.size() - LAST_LINES), ofNewest.size());
    } catch (ProviderException e) {
      return List.of("(the provider does not give them: " + e.getMessage() + ")");
    }
  }

  private <T> T patiently(Supplier<T> call) throws InterruptedException {
    return patiently(call, progress -> {});
  }

  /**
   * Asks the provider until it answers: it may be restarting, or say that it is at work and how far
   * it is. As long as it gets on it is given time.
   */
  private <T> T patiently(Supplier<T> call, Consumer<String> progress) throws InterruptedException {
    Duration began = pace.elapsed();
    Duration gotOn = began;
    String words = "";
    while (true) {
      try {
        return call.get();
      } catch (ProviderException e) {
        if (!e.isTransient()) {
          throw ReleaseFailure.ofUser("the provider refuses: " + e.getMessage());
        }
        Duration now = pace.elapsed();
        if (e.status() == AT_WORK && !e.words().equals(words)) {
          words = e.words();
          gotOn = now;
          progress.accept(words);
        }
        if (now.minus(began).compareTo(settings.deployTime()) > 0) {
          throw ReleaseFailure.ofPlatform(
              "the provider is not done after %s (%s): push again, it goes on meanwhile"
                  .formatted(Seconds.of(settings.deployTime()), e.words()));
        }
        if (now.minus(gotOn).compareTo(PROVIDER_PATIENCE) > 0) {
          throw ReleaseFailure.ofPlatform(
              "the provider does not answer (" + e.getMessage() + "): push again later");
        }
        pace.pause(PROVIDER_LOOK);
      }
    }
  }
}
