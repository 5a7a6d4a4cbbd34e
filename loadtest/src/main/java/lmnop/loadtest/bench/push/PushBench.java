package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import lmnop.loadtest.bench.Verdicts;

/** How fast a push becomes an answer, question by question. */
public final class PushBench {
  /** The names that {@code --only} takes. */
  private static final List<String> QUESTIONS =
      List.of("push", "image", "wake", "queue", "memory", "pages");

  private final Path home;
  private final Path scratch;
  private final PrintStream out;

  public PushBench(Path home, Path scratch, PrintStream out) {
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
   * @param only the name of a question, or nothing for all
   */
  public boolean run(boolean quick, List<String> only) throws InterruptedException {
    Lengths lengths = quick ? Lengths.QUICK : Lengths.FULL;
    Verdicts verdicts = new Verdicts(out, quick);
    List<String> asked = only.isEmpty() ? QUESTIONS : only;
    if (quick) {
      out.println("Quick: few repetitions, and virtual machines that are not warm.");
    }
    try {
      asUsual(asked, lengths, verdicts);
      underStrain(asked, lengths, verdicts);
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      System.err.println("The bench cannot go on: " + e.getMessage());
      return false;
    }
    return verdicts.conclude();
  }

  /** What is asked of a platform as it is started by {@code ./lmnop up}. */
  private void asUsual(List<String> asked, Lengths lengths, Verdicts verdicts)
      throws IOException, InterruptedException {
    if (asked.stream().noneMatch(List.of("push", "image", "wake", "pages")::contains)) {
      return;
    }
    try (LocalRegistry registry = asked.contains("image") ? LocalRegistry.start() : null;
        Ground ground =
            Ground.start(
                home,
                scratch.resolve("usual"),
                out,
                registry == null ? "" : registry.settings(),
                "")) {
      if (asked.contains("push")) {
        new Pushes(ground, lengths, verdicts).run();
      }
      if (asked.contains("image")) {
        new Images(ground, lengths, verdicts).run();
      }
      if (asked.contains("wake")) {
        new Wakes(ground, lengths, verdicts).run();
      }
      if (asked.contains("pages")) {
        new Pages(ground, lengths, verdicts).run();
      }
    }
  }

  /** What is asked of one whose worker builds one thing at a time, and that takes large pushes. */
  private void underStrain(List<String> asked, Lengths lengths, Verdicts verdicts)
      throws IOException, InterruptedException {
    if (!asked.contains("queue") && !asked.contains("memory")) {
      return;
    }
    try (Ground ground =
        Ground.start(
            home, scratch.resolve("strain"), out, "concurrency=1\n", "git.tree.size=3GB\n")) {
      if (asked.contains("queue")) {
        new QueuedBuilds(ground, lengths, verdicts).run();
      }
      if (asked.contains("memory")) {
        new LargePush(ground, lengths).run();
      }
    }
  }
}
