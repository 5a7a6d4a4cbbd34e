package lmnop.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import lmnop.standalone.apps.StartupCache;
import lmnop.standalone.processes.Output;
import lmnop.standalone.processes.RotatingLog;
import lmnop.standalone.terminal.Prefixed;
import lmnop.standalone.terminal.Terminal;
import lmnop.standalone.terminal.Terminal.Tone;

/**
 * Where a part's output goes: always into its log file, and to the terminal once the platform is
 * ready, so that the first thing a newcomer reads is how to use it.
 */
final class AppOutput implements Output, AutoCloseable {
  private final RotatingLog log;
  private final Prefixed shown;
  private final AtomicBoolean showing;

  AppOutput(Path folder, String part, Tone tone, Terminal terminal, AtomicBoolean showing)
      throws IOException {
    this.log = new RotatingLog(folder.resolve(part + ".log"), RotatingLog.FULL);
    this.shown = new Prefixed(terminal, part, tone);
    this.showing = showing;
  }

  @Override
  public void line(String text) {
    if (StartupCache.isAboutRecording(text)) {
      return;
    }
    log.line(text);
    if (showing.get()) {
      shown.line(text);
    }
  }

  @Override
  public void notice(String sentence) {
    log.line(sentence);
    shown.notice(sentence);
  }

  /** Shows the newest lines, because the part did not start. */
  void showLast() {
    log.last().forEach(shown::line);
  }

  List<String> last() {
    return log.last();
  }

  Path file() {
    return log.file();
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
