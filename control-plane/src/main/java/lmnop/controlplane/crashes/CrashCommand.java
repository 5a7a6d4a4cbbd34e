package lmnop.controlplane.crashes;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/** {@code lmnop crashes FUNCTION [NUMBER]}: lists crashes, and shows one with all that is known. */
public final class CrashCommand {
  private static final String USAGE = "crashes FUNCTION [NUMBER] [--owner OWNER]";

  private final Crashes crashes;
  private final Consumer<String> out;

  public CrashCommand(Crashes crashes, Consumer<String> out) {
    this.crashes = crashes;
    this.out = out;
  }

  /** What was typed. */
  private record Wanted(OwnerName owner, FunctionName function, @Nullable Integer number) {
    static Wanted parse(String... words) {
      @Nullable String owner = null;
      @Nullable String function = null;
      @Nullable String number = null;
      Deque<String> rest = new ArrayDeque<>(Arrays.asList(words));
      while (!rest.isEmpty()) {
        String next = rest.removeFirst();
        if (next.equals("--owner") && !rest.isEmpty()) {
          owner = rest.removeFirst();
        } else if (next.startsWith("--")) {
          throw new Misused("'%s' is no option here, or needs a value: %s".formatted(next, USAGE));
        } else if (function == null) {
          function = next;
        } else if (number == null && next.matches("[1-9][0-9]{0,8}")) {
          number = next;
        } else {
          throw new Misused("'%s' is no number, or too much: %s".formatted(next, USAGE));
        }
      }
      if (function == null) {
        throw new Misused("the name of a function is missing: " + USAGE);
      }
      return new Wanted(
          owner == null ? OwnerName.DEFAULT : new OwnerName(owner),
          new FunctionName(function),
          number == null ? null : Integer.valueOf(number));
    }
  }

  /** Does what the arguments say. */
  public void run(String... arguments) {
    try {
      Wanted wanted = Wanted.parse(arguments);
      Integer number = wanted.number();
      if (number == null) {
        list(wanted);
      } else {
        show(crashes.one(wanted.owner(), wanted.function(), number));
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    } catch (ProviderException e) {
      throw new Refused("Crashes cannot be shown: " + e.getMessage() + ".");
    }
  }

  private void list(Wanted wanted) {
    List<FunctionCrash> all = crashes.of(wanted.owner(), wanted.function());
    if (all.isEmpty()) {
      out.accept("No instance of %s ended by itself.".formatted(wanted.function()));
      return;
    }
    out.accept("%-6s %-22s %-14s %-6s %s".formatted("CRASH", "LAST", "REVISION", "TIMES", "HOW"));
    for (FunctionCrash crash : all) {
      out.accept(
          "%-6d %-22s %-14s %-6d %s"
              .formatted(
                  crash.number(),
                  crash.lastInWords(),
                  crash.revisionInWords(),
                  crash.crash().times(),
                  crash.how()));
    }
  }

  private void show(FunctionCrash crash) {
    out.accept("Crash %d: %s".formatted(crash.number(), crash.how()));
    line("last", crash.lastInWords());
    line("happened", crash.timesInWords());
    line("revision", crash.revisionInWords());
    line("instance", crash.crash().instance());
    line("ran", crash.ranInWords());
    line("memory", crash.memoryInWords());
    crash.limits().forEach(limit -> line("limit met", limit));
    out.accept(crash.lines().isEmpty() ? "It printed nothing." : "It printed last:");
    crash.lines().forEach(text -> out.accept("  " + text));
  }

  private void line(String what, String value) {
    out.accept("  %-10s %s".formatted(what, value));
  }
}
