package lmnop.controlplane.accounts;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/** {@code lmnop token}: understands its arguments and says what was done. */
public final class TokenCommand {
  private static final String USAGE =
      "token add NAME [--owner OWNER] [--function FUNCTION]... [--expires 30d]"
          + " · token list [--owner OWNER] · token remove NAME [--owner OWNER]";
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?");
  private static final Pattern LIFETIME = Pattern.compile("([0-9]{1,5})(d|h|m)");
  private static final Map<String, ChronoUnit> UNITS =
      Map.of("d", ChronoUnit.DAYS, "h", ChronoUnit.HOURS, "m", ChronoUnit.MINUTES);
  private static final Duration LONGEST = Duration.ofDays(3650);

  private final InvokeTokens tokens;
  private final Consumer<String> out;

  public TokenCommand(InvokeTokens tokens, Consumer<String> out) {
    this.tokens = tokens;
    this.out = out;
  }

  /** What stands behind the verb. */
  private static final class Arguments {
    private @Nullable String name;
    private @Nullable String owner;
    private @Nullable String expires;
    private final List<String> functions = new ArrayList<>();

    static Arguments parse(Deque<String> rest, List<String> allowed) {
      Arguments arguments = new Arguments();
      while (!rest.isEmpty()) {
        String next = rest.removeFirst();
        if (next.startsWith("--") && !allowed.contains(next)) {
          throw new Misused("'%s' is no option here: %s".formatted(next, USAGE));
        }
        switch (next) {
          case "--owner" -> arguments.owner = value(next, rest);
          case "--expires" -> arguments.expires = value(next, rest);
          case "--function" -> arguments.functions.add(value(next, rest));
          default -> {
            if (arguments.name != null) {
              throw new Misused("'%s' is one name too many: %s".formatted(next, USAGE));
            }
            arguments.name = next;
          }
        }
      }
      return arguments;
    }

    private static String value(String option, Deque<String> rest) {
      if (rest.isEmpty()) {
        throw new Misused("%s needs a value: %s".formatted(option, USAGE));
      }
      return rest.removeFirst();
    }

    String name() {
      if (name == null) {
        throw new Misused("a name is missing: " + USAGE);
      }
      if (!NAME.matcher(name).matches()) {
        throw new Refused(
            "'%s' is no name for a token: use a to z, 0 to 9 and hyphens, at most 40, as in ci."
                .formatted(name.replaceAll("[^\\x20-\\x7e]", "?")));
      }
      return name;
    }

    OwnerName owner() {
      return owner == null ? OwnerName.DEFAULT : new OwnerName(owner);
    }

    @Nullable Duration lifetime() {
      if (expires == null) {
        return null;
      }
      Matcher parts = LIFETIME.matcher(expires);
      Duration lifetime = Duration.ZERO;
      if (parts.matches()) {
        ChronoUnit unit = UNITS.getOrDefault(parts.group(2), ChronoUnit.DAYS);
        lifetime = unit.getDuration().multipliedBy(Integer.parseInt(parts.group(1)));
      }
      if (lifetime.isZero() || lifetime.compareTo(LONGEST) > 0) {
        throw new Misused(
            "'%s' is no time for --expires: write 30d, 12h or 90m, at most 3650d"
                .formatted(expires));
      }
      return lifetime;
    }
  }

  /** Does what the arguments say. */
  public void run(String... arguments) {
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
    String verb = rest.isEmpty() ? "" : rest.removeFirst();
    try {
      switch (verb) {
        case "add" -> add(Arguments.parse(rest, List.of("--owner", "--function", "--expires")));
        case "list" -> list(Arguments.parse(rest, List.of("--owner")));
        case "remove" -> remove(Arguments.parse(rest, List.of("--owner")));
        default -> throw new Misused("expected " + USAGE);
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void add(Arguments arguments) {
    String name = arguments.name();
    OwnerName owner = arguments.owner();
    Duration lifetime = arguments.lifetime();
    List<String> functions = arguments.functions.stream().distinct().toList();
    String token = tokens.add(owner, name, functions, lifetime).value();
    out.accept(
        "Token %s opens %s, where access is token."
            .formatted(name, opens(owner.value(), functions)));
    out.accept("Token: " + token);
    out.accept("It is shown this once and stored nowhere; callers send it as X-Lmnop-Token.");
    out.accept(
        lifetime == null
            ? "It never expires: ./lmnop token remove %s ends it.".formatted(name)
            : "It expires in %s.".formatted(arguments.expires));
  }

  private static String opens(String owner, List<String> functions) {
    return functions.isEmpty()
        ? "every function of " + owner
        : String.join(", ", functions) + " of " + owner;
  }

  private void list(Arguments arguments) {
    if (arguments.name != null) {
      throw new Misused("'%s' is too much: %s".formatted(arguments.name, USAGE));
    }
    OwnerName owner = arguments.owner == null ? null : arguments.owner();
    out.accept("%-24s %-22s %-22s %s".formatted("TOKEN", "CREATED", "EXPIRES", "OPENS"));
    for (InvokeTokens.Listed token : tokens.list(owner)) {
      Instant end = token.expiresAt();
      out.accept(
          "%-24s %-22s %-22s %s"
              .formatted(
                  token.name(),
                  seconds(token.createdAt()),
                  end == null ? "never" : seconds(end),
                  opens(token.owner(), token.functions())));
    }
  }

  private static Instant seconds(Instant moment) {
    return moment.truncatedTo(ChronoUnit.SECONDS);
  }

  private void remove(Arguments arguments) {
    String name = arguments.name();
    tokens.remove(arguments.owner(), name);
    out.accept(
        "Token %s opens nothing any more; a router without its database learns of it when that is back."
            .formatted(name));
  }
}
