package lmnop.controlplane.builds;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes those who watch a build when it has something new. A lost signal costs a short wait. */
final class BuildSignals {
  private final Map<Long, Set<Semaphore>> watchers = new ConcurrentHashMap<>();

  /** Somebody who watches one build; closed when he leaves. */
  final class Watcher implements AutoCloseable {
    private final long build;
    private final Semaphore signal = new Semaphore(1);

    private Watcher(long build) {
      this.build = build;
    }

    /** Waits for a signal, at most so long. */
    void await(Duration atMost) throws InterruptedException {
      if (signal.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        signal.drainPermits();
      }
    }

    @Override
    public void close() {
      watchers.computeIfPresent(
          build,
          (id, signals) -> {
            signals.remove(signal);
            return signals.isEmpty() ? null : signals;
          });
    }
  }

  Watcher watch(long build) {
    Watcher watcher = new Watcher(build);
    watchers.computeIfAbsent(build, id -> ConcurrentHashMap.newKeySet()).add(watcher.signal);
    return watcher;
  }

  /** Something happened to the build. */
  void wake(String build) {
    try {
      watchers.getOrDefault(Long.parseLong(build), Set.of()).forEach(Semaphore::release);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + build + "' is not the number of a build", e);
    }
  }
}
