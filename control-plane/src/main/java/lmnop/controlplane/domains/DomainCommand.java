package lmnop.controlplane.domains;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;

/** {@code lmnop domain}: domains of functions. */
public final class DomainCommand {
  private static final String USAGE =
      "domain add|check|remove DOMAIN --function FUNCTION [--owner OWNER]"
          + " · domain list --function FUNCTION [--owner OWNER]";
  private static final String ACTOR = "operator";

  private final Domains domains;
  private final Consumer<String> out;

  public DomainCommand(Domains domains, Consumer<String> out) {
    this.domains = domains;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String... words) throws InterruptedException {
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(words));
    String verb = rest.isEmpty() ? "" : rest.removeFirst();
    if (!List.of("add", "check", "remove", "list").contains(verb)) {
      throw new Misused("expected " + USAGE);
    }
    Arguments arguments = Arguments.parse(USAGE, rest, "--function=", "--owner=");
    try {
      OwnerName owner = arguments.ownerOrDefault();
      FunctionName function =
          new FunctionName(
              arguments
                  .value("--function")
                  .orElseThrow(() -> arguments.misused("--function is missing")));
      run(verb, arguments, owner, function);
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void run(String verb, Arguments arguments, OwnerName owner, FunctionName function)
      throws InterruptedException {
    switch (verb) {
      case "add" -> tell(domains.add(owner, function, arguments.name(), ACTOR));
      case "check" -> {
        Domain domain = domains.check(owner, function, arguments.name(), ACTOR);
        if (domain.problem() != null) {
          throw new Refused("The proof was not found: " + domain.problem() + ".");
        }
        out.accept("%s leads to %s.".formatted(domain.host(), function));
      }
      case "remove" -> {
        domains.remove(owner, function, arguments.name(), ACTOR);
        out.accept("%s leads to %s no more.".formatted(arguments.name(), function));
      }
      default -> {
        arguments.requireNoName();
        for (Domain domain : domains.of(owner, function)) {
          out.accept(
              "%-40s %-12s %s"
                  .formatted(
                      domain.host(),
                      domain.state(),
                      Objects.requireNonNullElse(domain.problem(), "")));
        }
      }
    }
  }

  private void tell(Domain domain) {
    out.accept("Prove that %s is yours, either by a TXT record:".formatted(domain.host()));
    out.accept("  %s  TXT  \"%s\"".formatted(domain.recordName(), domain.proof()));
    out.accept("or by a file that says the same, served where the domain leads to now:");
    out.accept("  http://%s%s".formatted(domain.host(), domain.path()));
    out.accept(
        "Then: ./lmnop domain check %s --function %s --owner %s"
            .formatted(domain.host(), domain.function(), domain.owner()));
  }
}
