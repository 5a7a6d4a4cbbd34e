package lmnop.provider.scaling;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.lifecycle.Pace;
import lmnop.provider.api.ByLoad;
import lmnop.provider.api.ByLoad.Target;
import lmnop.provider.api.Engine;
import lmnop.provider.api.Refused;
import lmnop.provider.api.Scale;
import lmnop.provider.api.ScaledBy;
import lmnop.provider.registry.Leading;
import lmnop.provider.registry.Routers;
import lmnop.providerapi.FunctionStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Scales workloads by their load, in rounds: who leads asks the routers, decides for each workload
 * that asks for it, and has the engine do it.
 *
 * <p>Only the process that provides for the registry scales. What it does is written there first,
 * which fails for whoever lost that lead, and the engine does it only where the number of instances
 * is still the one that was decided on; so neither two leaders nor a person, an alert or a waker at
 * the same moment are undone. A leader that is new knows nothing of the load, and stops nothing
 * until it does; since when nobody used a workload it reads from what the leader before it noted.
 */
public final class Autoscaler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Autoscaler.class);

  /** For how long what a look found may be acted on. */
  private static final Duration TRUSTED = Duration.ofSeconds(5);

  /** A workload that is scaled by load. */
  private record Scaled(String namespace, String name, int instances, Policy policy) {
    String key() {
      return namespace + "/" + name;
    }
  }

  private final Engine engine;
  private final Routers routers;
  private final ScalingStore store;
  private final ScalingSettings settings;
  private final ScalingMetrics metrics;
  private final Pace pace;
  private final Leading lead;
  private final Map<String, History> histories = new HashMap<>();
  private final IdleTimes idle;
  private Tally tally = new Tally();
  private CpuTally processors = new CpuTally();
  private boolean leads;
  private boolean away;
  private @Nullable Loop loop;

  /**
   * An autoscaler that does nothing yet.
   *
   * @param lead whether this process is the one that scales
   */
  public Autoscaler(
      Engine engine,
      Routers routers,
      Database database,
      ScalingSettings settings,
      ScalingMetrics metrics,
      Pace pace,
      Leading lead) {
    this.engine = engine;
    this.routers = routers;
    this.store = new ScalingStore(database);
    this.idle = new IdleTimes(store);
    this.settings = settings;
    this.metrics = metrics;
    this.pace = pace;
    this.lead = lead;
  }

  /** Starts to look, where the settings say so. */
  public Autoscaler start() {
    if (settings.by() == ScaledBy.LOOP) {
      loop = Loop.start("autoscaler", settings.look(), this::round);
    }
    return this;
  }

  /** One look, and what follows from it. */
  void round() throws InterruptedException {
    if (!engine.ready()) {
      return; // it refuses to say what runs, and would refuse to change it
    }
    Map<String, Scaled> asked = asked();
    if (asked.isEmpty()) {
      forget();
      return;
    }
    try {
      round(asked);
      away = false;
    } catch (DataAccessException | IllegalStateException e) { // which is a time that is over
      if (!away) {
        log.warn(
            "the database is away; nothing is scaled by load until it is back: {}", e.toString());
      }
      away = true;
    }
  }

  private void round(Map<String, Scaled> asked) throws InterruptedException {
    Duration since = pace.elapsed();
    OptionalLong fence = lead();
    if (fence.isEmpty()) {
      forget();
      return;
    }
    Map<String, Boolean> serving = store.serving(List.copyOf(asked.keySet()));
    idle.remember(List.copyOf(asked.keySet()));
    tally.hear(routers.reports(), pace.elapsed());
    histories.keySet().retainAll(asked.keySet());
    processors.keep(asked.keySet());
    Map<String, Decision> decisions = new LinkedHashMap<>();
    for (Scaled scaled : asked.values()) {
      Boolean byHand = serving.get(scaled.key());
      if (byHand == null || byHand) { // it is being released or drained, or a person said how many
        histories.remove(scaled.key());
        idle.forget(scaled.key());
        continue;
      }
      Decision decision = look(scaled);
      decisions.put(scaled.key(), decision);
      if (decision.instances() != scaled.instances()
          && pace.elapsed().minus(since).compareTo(TRUSTED) < 0) {
        scale(scaled, decision, fence.getAsLong());
      }
    }
    idle.write(lead.holder(), fence.getAsLong());
    metrics.show(decisions);
  }

  /** All that ask to be scaled by load; those whose labels mean nothing are left alone. */
  private Map<String, Scaled> asked() {
    Map<String, Scaled> asked = new LinkedHashMap<>();
    for (String namespace : engine.namespaces()) {
      for (FunctionStatus status : engine.list(namespace)) {
        try {
          ByLoad load = ByLoad.of(status.labels());
          if (load.isAsked()) {
            Policy policy = Policy.of(Scale.of(status.labels()), load, settings);
            Scaled scaled = new Scaled(namespace, status.name(), status.replicas(), policy);
            asked.put(scaled.key(), scaled);
          }
        } catch (Refused e) {
          log.debug("{}/{} is not scaled: {}", namespace, status.name(), e.getMessage());
        }
      }
    }
    return asked;
  }

  private OptionalLong lead() {
    OptionalLong fence = lead.fence();
    if (fence.isPresent() != leads) {
      leads = fence.isPresent();
      log.info(leads ? "this provider scales by load now" : "another provider scales by load");
    }
    metrics.leads(leads);
    return fence;
  }

  /** What was seen before a gap says nothing about what is seen after it. */
  private void forget() {
    histories.clear();
    idle.forgetAll();
    tally = new Tally();
    processors = new CpuTally();
    metrics.show(Map.of());
  }

  private Decision look(Scaled scaled) {
    Target target = scaled.policy().target();
    ByLoad.@Nullable Measure measure = target == null ? null : target.measure();
    Double cpu =
        measure == ByLoad.Measure.CPU
            ? processors.look(
                scaled.key(),
                engine.processorTime(scaled.name(), scaled.namespace()),
                pace.elapsed())
            : null;
    Sample sample = tally.sample(scaled.key(), measure, cpu);
    History before = histories.get(scaled.key());
    History history =
        before == null
            ? idle.goOn(scaled.key(), scaled.instances(), tally, first(sample, scaled))
            : before.seen(sample, scaled.instances(), scaled.policy());
    histories.put(scaled.key(), history);
    idle.look(scaled.key(), scaled.instances(), tally, history);
    return history.decide(scaled.policy());
  }

  private static History first(Sample sample, Scaled scaled) {
    return History.NONE.seen(sample, scaled.instances(), scaled.policy());
  }

  private void scale(Scaled scaled, Decision decision, long fence) {
    int before = scaled.instances();
    int after = decision.instances();
    String why = decision.reason().words();
    boolean may =
        store.note(lead.holder(), fence, scaled.namespace(), scaled.name(), before, after, why);
    if (may && engine.scale(scaled.name(), scaled.namespace(), before, after)) {
      log.info("{}: {}, {} instances become {}", scaled.key(), why, before, after);
      metrics.scaled(decision.reason());
      histories.computeIfPresent(scaled.key(), (key, history) -> history.scaled(after));
    }
  }

  @Override
  public void close() {
    if (loop != null) {
      loop.close();
    }
  }
}
