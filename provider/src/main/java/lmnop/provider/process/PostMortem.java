package lmnop.provider.process;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import lmnop.provider.isolation.Keeper;
import lmnop.provider.isolation.Limits;
import lmnop.provider.isolation.Strain;
import lmnop.provider.kept.CrashStore;
import lmnop.providerapi.Crash;

/** Writes down what is known of an instance that ended by itself, before it is cleared away. */
final class PostMortem {
  private static final int MUCH = 50; // percent of the time

  private PostMortem() {}

  static void keep(
      InstanceState state,
      WorkloadSpec spec,
      Keeper keeper,
      OptionalInt code,
      String why,
      Means means) {
    OptionalInt signal = Words.signal(code);
    Instant now = means.crashes().now();
    Crash crash =
        new Crash(
            0,
            state.workload(),
            CrashStore.revision(spec.labels()),
            state.instance(),
            why.lines().findFirst().orElse(why),
            signal.isPresent() || code.isEmpty() ? null : code.getAsInt(),
            signal.isPresent() ? signal.getAsInt() : null,
            limits(state.limits(), means.isolation().strain(state.instance())),
            means.isolation().memoryPeak(state.instance()),
            state.limits().memoryBytes(),
            1,
            now,
            now,
            keeper.upSince().orElse(null),
            CrashStore.newest(means.output().last(state.instance(), means.crashes().lines())));
    means
        .crashes()
        .note(state.namespace(), CrashStore.function(spec.labels(), spec.key().name()), crash);
  }

  private static List<String> limits(Limits limits, Strain strain) {
    List<String> met = new ArrayList<>();
    limits.met(strain).ifPresent(met::add);
    if (strain.refused() > 0) {
      met.add(limits.processesMet());
    }
    int heldBack = strain.periods() == 0 ? 0 : (int) (100 * strain.heldBack() / strain.periods());
    if (limits.cpuMillis() > 0 && heldBack >= MUCH) {
      met.add(limits.cpuMet(heldBack));
    }
    return met;
  }
}
