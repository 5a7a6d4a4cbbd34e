package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.bench.Verdicts;

/**
 * From {@code git push} to the first 200 of what was pushed, with dependencies from the cache; and
 * where the time went. The examples take turns, so that whatever else the machine does meets all.
 */
final class Pushes {
  private static final double FLOOR = 2.0; // seconds
  private static final double AIM = 1.2;
  private static final double COMPILED_FLOOR = 1.5; // beside the compiler
  private static final double MILLIS = 1000;

  private final Ground ground;
  private final Lengths lengths;
  private final Verdicts verdicts;

  Pushes(Ground ground, Lengths lengths, Verdicts verdicts) {
    this.ground = ground;
    this.lengths = lengths;
    this.verdicts = verdicts;
  }

  void run() throws IOException, InterruptedException {
    ground.out.println("\npushes each example once, which fetches its dependencies");
    Map<Example, List<PushTimes>> all = new EnumMap<>(Example.class);
    for (int i = 0; i <= lengths.warmUps() + lengths.pushes(); i++) {
      for (Example example : Example.values()) {
        PushTimes times = ground.push(example);
        if (i > lengths.warmUps()) {
          all.computeIfAbsent(example, e -> new ArrayList<>()).add(times);
        }
      }
    }
    print(all);
    for (Example example : Example.values()) {
      judge(example, median(of(all, example), PushTimes::whole) / MILLIS);
    }
  }

  private void judge(Example example, double seconds) throws IOException, InterruptedException {
    String name = "push to first 200, s, " + example.template();
    if (example.isCompiled()) {
      double compiler =
          Compiler.of(
                  example, ground.home, ground.scratch.resolve("compiler-" + example.template()))
              .median(lengths.pushes());
      ground.out.printf(
          Locale.ROOT,
          "  %s: %.2f s, of which its compiler alone takes %.2f s%n",
          name,
          seconds,
          compiler);
      verdicts.atMost(name + " less its compiler", seconds - compiler, COMPILED_FLOOR, AIM, false);
    } else {
      verdicts.atMost(name, seconds, FLOOR, AIM, false);
    }
  }

  private void print(Map<Example, List<PushTimes>> all) {
    ground.out.printf("%n%-32s", "where a push's time went, ms");
    all.keySet().forEach(example -> ground.out.printf("%10s", example.template()));
    ground.out.println();
    for (String part : of(all, Example.PYTHON).getFirst().parts().keySet()) {
      row(part, all, times -> times.part(part));
    }
    row("all of it", all, PushTimes::whole);
    ground.out.println();
    ground.out.flush();
  }

  private void row(
      String name, Map<Example, List<PushTimes>> all, ToDoubleFunction<PushTimes> what) {
    ground.out.printf("  %-30s", name);
    all.values().forEach(each -> ground.out.printf(Locale.ROOT, "%10.0f", median(each, what)));
    ground.out.println();
  }

  private static List<PushTimes> of(Map<Example, List<PushTimes>> all, Example example) {
    return Objects.requireNonNull(all.get(example));
  }

  private static double median(List<PushTimes> each, ToDoubleFunction<PushTimes> what) {
    return Samples.median(each.stream().mapToDouble(what).toArray());
  }
}
