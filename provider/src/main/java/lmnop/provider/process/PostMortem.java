package lmnop.provider.process;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import lmnop.provider.isolation.Keeper;
import lmnop.provider.isolation.Limits;
import lmnop.provider.isolation.Strain;
import lmnop.providerapi.Crash;
import lmnop.providerapi.WorkloadLabels;

/** Writes down what is known of an instance that ended by itself, before it is cleared away. */
final class PostMortem {
  private static final Pattern ID = Pattern.compile("[0-9]{1,18}");
  private static final int LARGEST = 64 * 1024; // characters of all lines together
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
    String revision = spec.labels().getOrDefault(WorkloadLabels.REVISION, "");
    Crash crash =
        new Crash(
            0,
            state.workload(),
            ID.matcher(revision).matches() ? Long.valueOf(revision) : null,
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
            newest(means.output().last(state.instance(), means.crashes().lines())));
    means.crashes().note(state.namespace(), function(spec), crash);
  }

  /** By what a function's crashes are asked for: its numeric id, or else its workload's name. */
  private static String function(WorkloadSpec spec) {
    String id = spec.labels().getOrDefault(WorkloadLabels.FUNCTION_ID, "");
    return ID.matcher(id).matches() ? id : spec.key().name();
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

  private static List<String> newest(List<String> lines) {
    int left = LARGEST;
    int from = lines.size();
    while (from > 0 && left >= lines.get(from - 1).length()) {
      from--;
      left -= lines.get(from).length();
    }
    return lines.subList(from, lines.size());
  }
}
