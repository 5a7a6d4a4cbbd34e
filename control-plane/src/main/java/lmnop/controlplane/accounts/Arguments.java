package lmnop.controlplane.accounts;

import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;

/** What stands behind the verb of an operator's command: names, and options. */
public final class Arguments {
  private final String usage;
  private final List<String> names = new ArrayList<>();
  private final Map<String, List<String>> values = new HashMap<>();
  private final Set<String> flags = new HashSet<>();

  private Arguments(String usage) {
    this.usage = usage;
  }

  /**
   * Reads the words, among which one name may be.
   *
   * @param allowed the options; one that ends with {@code =} has a value behind it
   */
  public static Arguments parse(String usage, Deque<String> rest, String... allowed) {
    return parse(usage, 1, rest, allowed);
  }

  /**
   * The same.
   *
   * @param most how many names there may be
   */
  public static Arguments parse(String usage, int most, Deque<String> rest, String... allowed) {
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
      } else if (arguments.names.size() >= most) { // not shown: it may be a value
        throw arguments.misused("there is one name too many");
      } else {
        arguments.names.add(next);
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
    return name(0, "a name");
  }

  /**
   * One of several names, which may not be missing.
   *
   * @param place from 0 on
   * @param what it is, in words
   */
  public String name(int place, String what) {
    if (place >= names.size()) {
      throw misused(what + " is missing");
    }
    return names.get(place);
  }

  /** The name of a function. */
  public FunctionName function() {
    return new FunctionName(name(0, "the name of a function"));
  }

  /** One of several names, if it is there. */
  public Optional<String> optional(int place) {
    return names.stream().skip(place).findFirst();
  }

  /** Refuses a name. */
  public void requireNoName() {
    if (!names.isEmpty()) {
      throw misused("'%s' is too much".formatted(names.getFirst()));
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

  /** The number behind an option, from 1 on. */
  public Optional<Integer> number(String option) {
    return value(option)
        .map(text -> {
          if (!text.matches("[1-9][0-9]{0,8}")) {
            throw misused("%s %s: a number from 1 on is expected".formatted(option, text));
          }
          return Integer.parseInt(text);
        });
  }

  /** Each value of an option, once. */
  public List<String> values(String option) {
    return values.getOrDefault(option, List.of()).stream().distinct().toList();
  }

  /** The owner that was named, or else the usual one. */
  public OwnerName ownerOrDefault() {
    return owner().orElse(OwnerName.DEFAULT);
  }

  /** The owner that was named. */
  public Optional<OwnerName> owner() {
    return value("--owner").map(OwnerName::new);
  }
}
