package lmnop.standalone.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.standalone.terminal.Terminal.Tone;
import org.junit.jupiter.api.Test;

final class TerminalTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

  @Test
  void redrawsTheStatusBelowTheLines() {
    Terminal terminal = new Terminal(out, true, false);

    terminal.status("waiting");
    terminal.line("news");
    terminal.status("");

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .isEqualTo("\r\u001b[2Kwaiting\r\u001b[2Knews\nwaiting\r\u001b[2K");
  }

  @Test
  void writesPlainLinesWhereNobodyLooks() {
    Terminal terminal = new Terminal(out, false, false);

    terminal.status("waiting");
    new Prefixed(terminal, "router", Tone.FIRST).line("hello");

    assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("router         | hello\n");
  }

  @Test
  void saysWhenEachPartWasReady() {
    AtomicLong now = new AtomicLong();
    Progress progress = new Progress(new Terminal(out, false, false), now::get);

    progress.starting("router");
    progress.starting("provider");
    now.set(1_240_000_000L);
    progress.ready("provider");
    progress.ready("provider");

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .isEqualTo("  ✓ provider         ready after 1.2 s\n");
  }

  @Test
  void namesWhatIsStillAwaited() {
    Progress progress = new Progress(new Terminal(out, true, false), () -> 0);

    progress.starting("router");
    progress.starting("provider");
    progress.ready("provider");

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .endsWith("\r\u001b[2K  … router starting, 0.0 s");
  }
}
