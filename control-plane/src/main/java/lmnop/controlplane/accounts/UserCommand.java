package lmnop.controlplane.accounts;

import java.io.BufferedReader;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import lmnop.operations.credentials.Token;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/**
 * {@code user add|list|remove|password}. A password is never an argument, where everybody on the
 * machine could read it: it is made here and shown once, or read from standard input.
 */
public final class UserCommand {
  private static final int SHORTEST = 12; // characters
  private static final int LONGEST = 200;
  private static final String USAGE =
      "user add NAME [--owner OWNER] [--role owner|developer|viewer] [--password-stdin] · user list"
          + " · user remove NAME · user password NAME [--password-stdin]";

  private final Users users;
  private final SecureRandom random;
  private final BufferedReader in;
  private final Consumer<String> out;

  public UserCommand(Users users, SecureRandom random, BufferedReader in, Consumer<String> out) {
    this.users = users;
    this.random = random;
    this.in = in;
    this.out = out;
  }

  /** What stands behind the verb. */
  private static final class Arguments {
    private @Nullable String name;
    private @Nullable String owner;
    private @Nullable String role;
    private boolean fromInput;

    static Arguments parse(Deque<String> rest, List<String> allowed) {
      Arguments arguments = new Arguments();
      while (!rest.isEmpty()) {
        String next = rest.removeFirst();
        if (next.startsWith("--") && !allowed.contains(next)) {
          throw new Misused("'%s' is no option here: %s".formatted(next, USAGE));
        }
        switch (next) {
          case "--owner" -> arguments.owner = value(next, rest);
          case "--role" -> arguments.role = value(next, rest);
          case "--password-stdin" -> arguments.fromInput = true;
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
      return name;
    }
  }

  /** Does what the arguments say. */
  public void run(String... arguments) throws IOException {
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
    String verb = rest.isEmpty() ? "" : rest.removeFirst();
    try {
      switch (verb) {
        case "add" -> add(Arguments.parse(rest, List.of("--owner", "--role", "--password-stdin")));
        case "list" -> list(Arguments.parse(rest, List.of()));
        case "remove" -> remove(Arguments.parse(rest, List.of()).name());
        case "password" -> password(Arguments.parse(rest, List.of("--password-stdin")));
        default -> throw new Misused("expected " + USAGE);
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void add(Arguments arguments) throws IOException {
    OwnerName name = new OwnerName(arguments.name());
    OwnerName owner = arguments.owner == null ? name : new OwnerName(arguments.owner);
    Role role = role(arguments.role, owner.equals(name));
    String password = newPassword(arguments.fromInput);
    users.add(name, owner, role, password);
    out.accept("User %s is there, as %s of %s.".formatted(name, role.text(), owner));
    show(arguments.fromInput, password);
    out.accept("Its functions are pushed to /scm/%s/<function>.".formatted(owner));
  }

  private static Role role(@Nullable String given, boolean own) {
    if (given == null) {
      return own ? Role.OWNER : Role.DEVELOPER;
    }
    return Arrays.stream(Role.values())
        .filter(role -> role.text().equals(given))
        .findFirst()
        .orElseThrow(() -> new Misused("'%s' is no role: %s".formatted(given, USAGE)));
  }

  private void list(Arguments arguments) {
    if (arguments.name != null) {
      throw new Misused("'%s' is too much: %s".formatted(arguments.name, USAGE));
    }
    out.accept("%-40s %-14s %s".formatted("USER", "ADMINISTRATOR", "OWNERS"));
    for (Users.User user : users.list()) {
      out.accept(
          "%-40s %-14s %s"
              .formatted(
                  user.name(),
                  user.administrator() ? "yes" : "no",
                  String.join(", ", user.owners())));
    }
  }

  private void remove(String name) {
    users.remove(name);
    out.accept(
        "User %s is removed and gets in nowhere any more; the functions stay.".formatted(name));
  }

  private void password(Arguments arguments) throws IOException {
    String password = newPassword(arguments.fromInput);
    users.changePassword(arguments.name(), password);
    out.accept("The old password of %s is worth nothing any more.".formatted(arguments.name()));
    show(arguments.fromInput, password);
  }

  private void show(boolean fromInput, String password) {
    if (!fromInput) {
      out.accept("Password: " + password);
      out.accept("It is shown this once and stored nowhere.");
    }
  }

  private String newPassword(boolean fromInput) throws IOException {
    if (!fromInput) {
      return Token.random(random).value();
    }
    String line = in.readLine();
    int length = line == null ? 0 : line.length();
    if (line == null || length < SHORTEST || length > LONGEST) {
      throw new Refused(
          "The password has %d characters, expected one line of %d to %d on standard input."
              .formatted(length, SHORTEST, LONGEST));
    }
    return line;
  }
}
