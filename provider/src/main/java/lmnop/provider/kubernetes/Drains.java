package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Registrar;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes instances of one workload away in order: they have lost their endpoints, routers let go of
 * them or the time for it is over, and only then the cluster ends them.
 */
final class Drains {
  private static final Logger log = LoggerFactory.getLogger(Drains.class);
  private static final Duration FIRST_LOOK = Duration.ofMillis(5);
  private static final Duration LOOK = Duration.ofMillis(100);

  /** By this annotation the cluster takes these pods before others. */
  private static final String FIRST_TO_GO =
      "{\"metadata\":{\"annotations\":{\"controller.kubernetes.io/pod-deletion-cost\":\"-1000\"}}}";

  private final WorkloadKey key;
  private final Means means;
  private @Nullable Thread running;

  Drains(WorkloadKey key, Means means) {
    this.key = key;
    this.means = means;
  }

  /**
   * Begins, in the background; an earlier drain ends.
   *
   * @param all whether no instance stays
   * @param withdrawn completes with the change by which routers learn of it
   */
  synchronized void begin(
      Set<String> instances, boolean all, CompletableFuture<Long> withdrawn, Runnable done) {
    cancel();
    running =
        Thread.ofVirtual().name("drain-" + key).start(() -> drain(instances, all, withdrawn, done));
  }

  /** Lets the instances stay. */
  synchronized void cancel() {
    Thread drain = running;
    running = null;
    if (drain != null && !drain.equals(Thread.currentThread())) {
      drain.interrupt();
    }
  }

  private void drain(
      Set<String> instances, boolean all, CompletableFuture<Long> withdrawn, Runnable done) {
    try {
      if (!instances.isEmpty()) {
        if (!all) {
          instances.forEach(this::choose);
        }
        awaitLetGo(withdrawn);
      }
      synchronized (this) {
        if (!Thread.currentThread().equals(running)) {
          return;
        }
      }
      done.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // something else was decided meanwhile
    } finally {
      ended();
    }
  }

  private synchronized void ended() {
    if (Thread.currentThread().equals(running)) {
      running = null;
    }
  }

  /** Whether instances are on their way. */
  synchronized boolean running() {
    return running != null;
  }

  private void choose(String instance) {
    try {
      means
          .cluster()
          .client()
          .resources(Pod.class)
          .inNamespace(means.settings().namespaceOf(key.namespace()))
          .withName(instance)
          .patch(PatchContext.of(PatchType.JSON_MERGE), FIRST_TO_GO);
    } catch (KubernetesClientException e) {
      log.debug("{} is not marked as the first to go: {}", instance, e.toString());
    }
  }

  private void awaitLetGo(CompletableFuture<Long> withdrawn) throws InterruptedException {
    long begin = System.nanoTime();
    long patience = means.settings().drain().toNanos();
    Optional<Long> number = Registrar.await(withdrawn, means.settings().drain());
    Semaphore never = new Semaphore(0);
    Duration look = FIRST_LOOK;
    while (System.nanoTime() - begin < patience) {
      if (number.isPresent() && means.routers().letGo(key.namespace(), key.name(), number.get())) {
        return;
      }
      never.tryAcquire(look.toMillis(), TimeUnit.MILLISECONDS);
      look = look.compareTo(LOOK) < 0 ? look.multipliedBy(2) : LOOK;
    }
  }
}
