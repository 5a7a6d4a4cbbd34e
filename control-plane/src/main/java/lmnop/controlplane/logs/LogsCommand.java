package lmnop.controlplane.logs;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Harmless;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.InvalidName;

/** {@code lmnop logs FUNCTION}: what a function's instances print. */
public final class LogsCommand {
  private static final String USAGE =
      "logs FUNCTION [--owner OWNER] [--follow] [--since 5m] [--tail 100] [--instance INSTANCE]"
          + " [--revision NUMBER] [--contains TEXT] [--json]";

  private final FunctionLogs logs;
  private final Clock clock;
  private final boolean colours;
  private final Consumer<String> out;

  /**
   * Shows logs.
   *
   * @param colours whether who reads it is a terminal
   */
  public LogsCommand(FunctionLogs logs, Clock clock, boolean colours, Consumer<String> out) {
    this.logs = logs;
    this.colours = colours;
    this.clock = clock;
    this.out = out;
  }

  private static final String[] OPTIONS = {
    "--owner=",
    "--follow",
    "--since=",
    "--tail=",
    "--instance=",
    "--revision=",
    "--contains=",
    "--json"
  };

  /** Does what the arguments say; one that follows ends with the process. */
  public void run(String... words) throws IOException, InterruptedException {
    try {
      Arguments arguments = Arguments.parse(USAGE, new ArrayDeque<>(Arrays.asList(words)), OPTIONS);
      WantedLines wanted = wanted(arguments);
      LineSink sink = sink(arguments.has("--json"));
      if (arguments.has("--follow")) {
        logs.follow(wanted, sink);
      } else {
        logs.read(wanted, sink);
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    } catch (ProviderException e) {
      throw new Refused("Logs cannot be shown: " + e.getMessage() + ".");
    }
  }

  private WantedLines wanted(Arguments arguments) {
    return new WantedLines(
        arguments.ownerOrDefault(),
        arguments.function(),
        arguments.value("--since").map(this::moment).orElse(null),
        arguments.number("--tail").orElse(0),
        arguments.value("--instance").orElse(null),
        arguments.number("--revision").orElse(null),
        arguments.value("--contains").orElse(""));
  }

  private Instant moment(String text) {
    return Since.moment(text, clock.instant())
        .orElseThrow(() ->
            new Misused(
                "--since %s: expected a time that has passed, as 5m, 2h or 1d, or a moment, as 2026-01-31T12:00:00Z"
                    .formatted(text)));
  }

  private LineSink sink(boolean json) {
    return new LineSink() {
      @Override
      public void line(PrintedLine line) {
        out.accept(json ? line.json() : text(line));
      }

      @Override
      public void nothing() {}
    };
  }

  private String text(PrintedLine line) {
    return "%s  %s  %s"
        .formatted(
            line.at().truncatedTo(ChronoUnit.MILLIS),
            line.instance(),
            colours ? Harmless.coloured(line.printed()) : line.text());
  }
}
