package lmnop.controlplane.logs;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/** {@code lmnop logs FUNCTION}: what a function's instances print. */
public final class LogsCommand {
  private static final String USAGE =
      "logs FUNCTION [--owner OWNER] [--follow] [--since 5m] [--tail 100] [--instance INSTANCE]"
          + " [--revision NUMBER] [--contains TEXT] [--json]";

  private final FunctionLogs logs;
  private final Clock clock;
  private final Consumer<String> out;

  public LogsCommand(FunctionLogs logs, Clock clock, Consumer<String> out) {
    this.logs = logs;
    this.clock = clock;
    this.out = out;
  }

  /** What was typed. */
  private final class Arguments {
    private OwnerName owner = OwnerName.DEFAULT;
    private @Nullable FunctionName function;
    private boolean follow;
    private boolean json;
    private @Nullable Instant since;
    private int tail;
    private @Nullable String instance;
    private @Nullable Integer revision;
    private String contains = "";

    Arguments(String... words) {
      Deque<String> rest = new ArrayDeque<>(Arrays.asList(words));
      while (!rest.isEmpty()) {
        take(rest.removeFirst(), rest);
      }
    }

    private void take(String next, Deque<String> rest) {
      switch (next) {
        case "--follow" -> follow = true;
        case "--json" -> json = true;
        case "--owner" -> owner = new OwnerName(value(next, rest));
        case "--since" -> since = moment(value(next, rest));
        case "--tail" -> tail = number(next, value(next, rest));
        case "--instance" -> instance = value(next, rest);
        case "--revision" -> revision = number(next, value(next, rest));
        case "--contains" -> contains = value(next, rest);
        default -> {
          if (next.startsWith("--")) {
            throw new Misused("'%s' is no option here: %s".formatted(next, USAGE));
          }
          if (function != null) {
            throw new Misused("'%s' is too much: %s".formatted(next, USAGE));
          }
          function = new FunctionName(next);
        }
      }
    }

    private static String value(String option, Deque<String> rest) {
      if (rest.isEmpty()) {
        throw new Misused("%s needs a value: %s".formatted(option, USAGE));
      }
      return rest.removeFirst();
    }

    private static int number(String option, String text) {
      if (!text.matches("[1-9][0-9]{0,8}")) {
        throw new Misused("%s %s: a number from 1 on is expected".formatted(option, text));
      }
      return Integer.parseInt(text);
    }

    private Instant moment(String text) {
      return Since.moment(text, clock.instant())
          .orElseThrow(() ->
              new Misused(
                  "--since %s: expected a time that has passed, as 5m, 2h or 1d, or a moment, as 2026-01-31T12:00:00Z"
                      .formatted(text)));
    }

    WantedLines wanted() {
      if (function == null) {
        throw new Misused("the name of a function is missing: " + USAGE);
      }
      return new WantedLines(owner, function, since, tail, instance, revision, contains);
    }
  }

  /** Does what the arguments say; one that follows ends with the process. */
  public void run(String... words) throws IOException, InterruptedException {
    try {
      Arguments arguments = new Arguments(words);
      WantedLines wanted = arguments.wanted();
      LineSink sink = sink(arguments.json);
      if (arguments.follow) {
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

  private static String text(PrintedLine line) {
    return "%s  %s  %s"
        .formatted(line.at().truncatedTo(ChronoUnit.MILLIS), line.instance(), line.text());
  }
}
