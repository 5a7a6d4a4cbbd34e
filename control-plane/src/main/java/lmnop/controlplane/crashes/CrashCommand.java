package lmnop.controlplane.crashes;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.accounts.Refused;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;

/** {@code lmnop crashes FUNCTION [NUMBER]}: lists crashes, and shows one with all that is known. */
public final class CrashCommand {
  private static final String USAGE = "crashes FUNCTION [NUMBER] [--owner OWNER]";

  private final Crashes crashes;
  private final Consumer<String> out;

  public CrashCommand(Crashes crashes, Consumer<String> out) {
    this.crashes = crashes;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String... arguments) {
    try {
      Arguments typed =
          Arguments.parse(USAGE, 2, new ArrayDeque<>(Arrays.asList(arguments)), "--owner=");
      OwnerName owner = typed.ownerOrDefault();
      FunctionName function = typed.function();
      Optional<String> number = typed.optional(1);
      if (number.isEmpty()) {
        list(owner, function);
      } else {
        show(crashes.one(owner, function, number(typed, number.get())));
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    } catch (ProviderException e) {
      throw new Refused("Crashes cannot be shown: " + e.getMessage() + ".");
    }
  }

  private static int number(Arguments typed, String text) {
    if (!text.matches("[1-9][0-9]{0,8}")) {
      throw typed.misused("'%s' is no number of a crash".formatted(text));
    }
    return Integer.parseInt(text);
  }

  private void list(OwnerName owner, FunctionName function) {
    List<FunctionCrash> all = crashes.of(owner, function);
    if (all.isEmpty()) {
      out.accept("No instance of %s ended by itself.".formatted(function));
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
