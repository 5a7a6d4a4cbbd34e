package lmnop.provider.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.isolation.Keeper;
import lmnop.provider.kept.SpecStore;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what an earlier provider process left: workloads, and instances that went on without it.
 *
 * <p>An instance that still runs is adopted, also one that nobody wants any more: it drains like
 * any other. What is left of one that ended is cleared away.
 */
final class Recovery {
  private static final Logger log = LoggerFactory.getLogger(Recovery.class);

  private final Means means;
  private final SpecStore<WorkloadSpec> specs;
  private final BiFunction<WorkloadKey, Optional<WorkloadSpec>, Workload> newWorkload;
  private final List<Instance> adopted = new ArrayList<>();
  private final Map<WorkloadKey, Workload> withoutSpec = new HashMap<>();

  Recovery(
      Means means,
      SpecStore<WorkloadSpec> specs,
      BiFunction<WorkloadKey, Optional<WorkloadSpec>, Workload> newWorkload) {
    this.means = means;
    this.specs = specs;
    this.newWorkload = newWorkload;
  }

  /** Gives the adopted instances, which are still to go on. */
  List<Instance> recover(Map<WorkloadKey, Workload> workloads, List<Workload> retired) {
    try {
      for (WorkloadSpec spec : specs.load()) {
        workloads.put(spec.key(), newWorkload.apply(spec.key(), Optional.of(spec)));
      }
      means.secrets().forgetAllBut(workloads.keySet());
      Set<String> alive = new HashSet<>();
      for (Path directory : folders()) {
        if (recover(directory, workloads)) {
          alive.add(directory.getFileName().toString());
        }
      }
      means.isolation().clearAllBut(alive);
    } catch (IOException e) {
      throw new UncheckedIOException("what an earlier provider left cannot be read", e);
    }
    retired.addAll(withoutSpec.values());
    if (!adopted.isEmpty()) {
      log.info("adopted {} running instances", adopted.size());
    }
    return adopted;
  }

  private List<Path> folders() throws IOException {
    try (Stream<Path> found = Files.list(means.run())) {
      return found.filter(Files::isDirectory).toList();
    }
  }

  /** Adopts the instance of a folder, or clears away what is left of it. */
  private boolean recover(Path directory, Map<WorkloadKey, Workload> workloads) throws IOException {
    InstanceState state = state(directory);
    Keeper keeper = state == null ? Keeper.find(directory) : keeper(state, directory);
    if (state != null && keeper != null && !keeper.isOver()) {
      adopt(state, keeper, workloads);
      return true;
    }
    if (keeper != null) {
      means.isolation().kill(keeper);
    }
    if (state != null) {
      means.isolation().clear(state.instance(), state.function(), state.placement());
    }
    Trees.delete(directory);
    return false;
  }

  private static @Nullable Keeper keeper(InstanceState state, Path directory) {
    return state.keeper() == null
        ? Keeper.find(directory)
        : Keeper.adopt(state.keeper(), directory);
  }

  private static @Nullable InstanceState state(Path directory) {
    try {
      return Wire.read(
          Files.readString(directory.resolve(InstanceState.FILE)), InstanceState.class);
    } catch (IOException | IllegalArgumentException e) {
      return null; // ended before it was written
    }
  }

  private void adopt(InstanceState state, Keeper keeper, Map<WorkloadKey, Workload> workloads) {
    means.isolation().keepPlace(state.instance(), state.function(), state.placement());
    Workload workload = workloads.get(state.key());
    WorkloadSpec wanted = workload == null ? null : workload.spec();
    if (workload == null || wanted == null) {
      Workload nobodys =
          withoutSpec.computeIfAbsent(state.key(), key -> newWorkload.apply(key, Optional.empty()));
      Instance instance = nobodys.adopt(state, keeper, AdoptedSpec.of(state));
      instance.stop(Stop.DRAINED);
      adopted.add(instance);
    } else {
      boolean current = wanted.generation() == state.generation();
      adopted.add(workload.adopt(state, keeper, current ? wanted : AdoptedSpec.of(state)));
    }
  }
}
