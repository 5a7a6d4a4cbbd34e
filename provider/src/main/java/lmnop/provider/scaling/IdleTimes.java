package lmnop.provider.scaling;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Since when nobody uses the workloads, beyond the life of one leader: noted in the database when
 * that begins, and gone on with by the next leader where the routers' counters show that nothing
 * came since.
 */
final class IdleTimes {
  private final ScalingStore store;

  /** What the leader before noted of workloads that are not looked at yet; null until read. */
  private @Nullable Map<String, Idle> remembered;

  /** What this leader noted: by workload, what the routers had sent to it. */
  private final Map<String, Map<String, Long>> noted = new HashMap<>();

  /** What is to be noted. */
  private final Map<String, Idle> begun = new HashMap<>();

  IdleTimes(ScalingStore store) {
    this.store = store;
  }

  /** Reads once what the leader before noted. */
  void remember(List<String> workloads) {
    if (remembered == null) {
      remembered = store.idle(workloads);
    }
  }

  /** The first look of this leader at a workload: where nothing came since, the time goes on. */
  History goOn(String workload, int instances, Tally tally, History first) {
    Idle before = remembered == null ? null : remembered.remove(workload);
    if (before == null
        || !tally.isQuiet(workload)
        || !before.holds(instances, tally.begun(workload))) {
      return first;
    }
    noted.put(workload, before.begun());
    return first.unusedFor(before.time());
  }

  /** After a look: notes when a time without use began, or the routers became others. */
  void look(String workload, int instances, Tally tally, History history) {
    if (instances == 0 || !history.unused().isPositive()) {
      noted.remove(workload);
      return;
    }
    Map<String, Long> sent = tally.begun(workload);
    if (!sent.equals(noted.put(workload, sent))) {
      begun.put(workload, new Idle(history.unused(), instances, sent));
    }
  }

  /** Nothing is known of a workload until it is looked at again. */
  void forget(String workload) {
    noted.remove(workload);
    if (remembered != null) {
      remembered.remove(workload);
    }
  }

  /** The same of all of them; what was noted is read again by then. */
  void forgetAll() {
    noted.clear();
    begun.clear();
    remembered = null;
  }

  /** Writes what is to be noted; nothing for whoever lost the lease. */
  void write(String holder, long fence) {
    if (!begun.isEmpty()) {
      store.noteIdle(holder, fence, begun);
      begun.clear();
    }
  }
}
