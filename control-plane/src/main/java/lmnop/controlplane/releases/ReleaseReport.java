package lmnop.controlplane.releases;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What those read who wait for a build or a release: a column of time, a column of stage, and the
 * text; at the end what the cutover did.
 */
public final class ReleaseReport {
  private static final Duration ROUTER_PATIENCE = Duration.ofSeconds(2);

  private final Consumer<String> line;
  private final Instant began;
  private String stage = "";

  public ReleaseReport(Consumer<String> line, Instant began) {
    this.line = line;
    this.began = began;
  }

  /** A line of the log; the stage stands where it changes. */
  public void entry(StageLog.Entry entry) {
    show(entry.at(), entry.stage().equals(stage) ? "" : entry.stage(), entry.text());
    stage = entry.stage();
  }

  /** Something that the platform says about the whole. */
  public void note(Instant at, String text) {
    show(at, "", text);
  }

  private void show(Instant at, String shownStage, String text) {
    double seconds = Math.max(0, Duration.between(began, at).toMillis() / 1000.0);
    line.accept(String.format(Locale.ROOT, "%6.1f s  %-8s  %s", seconds, shownStage, text));
  }

  /** Waits for the routers, and says what became of the requests that were in flight. */
  public void cutover(Releases.Switched switched, Routers routers, Instant now)
      throws InterruptedException {
    boolean everywhere = routers.awaitApplied(switched.number(), ROUTER_PATIENCE);
    if (!everywhere) {
      note(now, "a router is slow to learn of this; it follows by itself");
    }
    for (String workload : switched.previous()) {
      note(now, Ledger.of(routers, workload));
    }
  }

  /** The last lines: where it is reached now. */
  public void reached(String title, List<String> urls) {
    line.accept("");
    line.accept(title);
    urls.forEach(url -> line.accept("  " + url));
    line.accept("");
  }

  /** Why something failed, in a sentence for who waits for it. */
  public static String failure(
      @Nullable String stage, @Nullable String fault, @Nullable String message) {
    String whose =
        "user".equals(fault)
            ? ""
            : " This is the platform's fault, not yours: try again, or ask its operator.";
    return "%s failed: %s%s"
        .formatted(
            Objects.requireNonNullElse(stage, "the build"),
            Objects.requireNonNullElse(message, "no reason is known"),
            whose);
  }
}
