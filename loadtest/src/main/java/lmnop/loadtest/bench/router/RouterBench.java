package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import lmnop.loadtest.bench.Verdicts;
import lmnop.operations.archive.Trees;

/**
 * Our router beside nginx, HAProxy, Caddy and a plain Spring Cloud Gateway, question by question.
 */
public final class RouterBench {
  /** The names that {@code --only} takes, and what a quick run leaves out. */
  private static final List<String> QUESTIONS = List.of("speed", "idle", "functions", "rate");

  private static final Set<String> LONG = Set.of("functions");

  private final Path home;
  private final Path scratch;
  private final PrintStream out;

  @FunctionalInterface
  private interface Question {
    void run() throws IOException;
  }

  public RouterBench(Path home, Path scratch, PrintStream out) {
    this.home = home;
    this.scratch = scratch;
    this.out = out;
  }

  /** What {@code --only} may name. */
  public static List<String> questions() {
    return QUESTIONS;
  }

  /**
   * Asks one question, or all; prints each table as soon as it is whole. Returns false if a row is
   * below its floor, or could not be measured.
   *
   * @param only the name of a question, or nothing for all that fit in the time
   */
  public boolean run(boolean quick, List<String> only) {
    Thread ending = new Thread(this::endEverything, "bench-ending");
    Runtime.getRuntime().addShutdownHook(ending);
    try {
      return measure(quick, only);
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      if (!Children.ending()) {
        System.err.println("The bench cannot go on: " + e.getMessage());
      }
      return false;
    } finally {
      Children.endAll();
    }
  }

  private boolean measure(boolean quick, List<String> only) throws IOException {
    Lengths lengths = quick ? Lengths.QUICK : Lengths.FULL;
    Verdicts verdicts = new Verdicts(out, quick);
    if (quick) {
      out.println(
          "Quick: short rounds, and a virtual machine that is not warm; such rows get no verdict.");
    }
    try (Stage stage = new Stage(home, scratch, out, lengths, verdicts)) {
      Map<String, Question> all = new LinkedHashMap<>();
      all.put("speed", new FullSpeed(stage)::run);
      all.put("idle", () -> new IdleConnections(stage).run());
      all.put("functions", new ManyFunctions(stage)::run);
      all.put("rate", new SteadyRate(stage)::run);
      Set<String> leftOut = new TreeSet<>();
      for (Map.Entry<String, Question> one : all.entrySet()) {
        String name = one.getKey();
        if (only.contains(name) || (only.isEmpty() && !(quick && LONG.contains(name)))) {
          one.getValue().run();
        } else {
          leftOut.add(name);
        }
      }
      if (!leftOut.isEmpty()) {
        out.println("\nLeft out: " + String.join(", ", leftOut) + ".");
      }
    }
    return verdicts.conclude();
  }

  /** For a bench that is ended from outside. */
  private void endEverything() {
    Children.endAll();
    try {
      Trees.delete(scratch);
    } catch (IOException | UncheckedIOException e) {
      System.err.println("Left behind: " + scratch);
    }
  }
}
