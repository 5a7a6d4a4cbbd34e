package lmnop.controlplane.accounts;

import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/** What stands behind the verb of an operator's command: a name, and options. */
public final class Arguments {
  private final String usage;
  private @Nullable String name;
  private final Map<String, List<String>> values = new HashMap<>();
  private final Set<String> flags = new HashSet<>();

  private Arguments(String usage) {
    this.usage = usage;
  }

  /**
   * Reads the words.
   *
   * @param allowed the options; one that ends with {@code =} has a value behind it
   */
  public static Arguments parse(String usage, Deque<String> rest, String... allowed) {
    Arguments arguments = new Arguments(usage);
    List<String> options = List.of(allowed);
    while (!rest.isEmpty()) {
      String next = rest.removeFirst();
      if (options.contains(next + "=")) {
        if (rest.isEmpty()) {
          throw arguments.misused(next + " needs a value");
        }
        arguments.values.computeIfAbsent(next, key -> new ArrayList<>()).add(rest.removeFirst());
      } else if (options.contains(next)) {
        arguments.flags.add(next);
      } else if (next.startsWith("--")) {
        throw arguments.misused("'%s' is no option here".formatted(next));
      } else if (arguments.name != null) {
        throw arguments.misused("'%s' is one name too many".formatted(next));
      } else {
        arguments.name = next;
      }
    }
    return arguments;
  }

  /** A command line that is not understood, with what was expected. */
  public Misused misused(String problem) {
    return new Misused(problem + ": " + usage);
  }

  /** The name, which may not be missing. */
  public String name() {
    if (name == null) {
      throw misused("a name is missing");
    }
    return name;
  }

  /** Refuses a name. */
  public void requireNoName() {
    if (name != null) {
      throw misused("'%s' is too much".formatted(name));
    }
  }

  /** Whether a flag was given. */
  public boolean has(String flag) {
    return flags.contains(flag);
  }

  /** The value of an option; the last one, if it was given several times. */
  public Optional<String> value(String option) {
    return Optional.ofNullable(values.get(option)).map(List::getLast);
  }

  /** Each value of an option, once. */
  List<String> values(String option) {
    return values.getOrDefault(option, List.of()).stream().distinct().toList();
  }

  /** The owner that was named. */
  public Optional<OwnerName> owner() {
    return value("--owner").map(OwnerName::new);
  }
}
