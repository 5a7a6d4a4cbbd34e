package lmnop.standalone.terminal;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongSupplier;
import lmnop.standalone.terminal.Terminal.Tone;

/** Shows what is starting: a line for each part that is ready, and what is still awaited. */
public final class Progress {
  private static final int NAME_WIDTH = 16;

  private final Terminal terminal;
  private final LongSupplier nanoTime;
  private final long begin;
  private final Set<String> starting = new LinkedHashSet<>();

  public Progress(Terminal terminal, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.begin = nanoTime.getAsLong();
  }

  /** A part is being started. */
  public synchronized void starting(String part) {
    starting.add(part);
    tick();
  }

  /** A part can do its work. */
  public synchronized void ready(String part) {
    if (starting.remove(part)) {
      terminal.line(
          "  %s %s ready after %s"
              .formatted(terminal.toned(Tone.GOOD, "✓"), padded(part), elapsed()));
    }
    tick();
  }

  /** Redraws what is awaited. */
  public synchronized void tick() {
    terminal.status(
        starting.isEmpty()
            ? ""
            : terminal.toned(
                Tone.FAINT,
                "  … %s starting, %s".formatted(String.join(", ", starting), elapsed())));
  }

  private String elapsed() {
    return String.format(Locale.ROOT, "%.1f s", (nanoTime.getAsLong() - begin) / 1e9);
  }

  private static String padded(String part) {
    return part + " ".repeat(Math.max(0, NAME_WIDTH - part.length()));
  }
}
