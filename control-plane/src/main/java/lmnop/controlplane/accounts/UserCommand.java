package lmnop.controlplane.accounts;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;

/**
 * {@code user add|list|remove|password}. A password is never an argument, where everybody on the
 * machine could read it: it is made here and shown once, or read from standard input.
 */
public final class UserCommand {
  private static final String ACTOR = "operator";
  private static final String FROM_INPUT = "--password-stdin";
  private static final String USAGE =
      "user add NAME [--owner OWNER] [--role owner|developer|viewer] [--password-stdin] · user list"
          + " · user remove NAME · user password NAME [--password-stdin]";

  private final Users users;
  private final BufferedReader in;
  private final Consumer<String> out;

  public UserCommand(Users users, BufferedReader in, Consumer<String> out) {
    this.users = users;
    this.in = in;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String... arguments) throws IOException {
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
    String verb = rest.isEmpty() ? "" : rest.removeFirst();
    try {
      switch (verb) {
        case "add" -> add(Arguments.parse(USAGE, rest, "--owner=", "--role=", FROM_INPUT));
        case "list" -> list(Arguments.parse(USAGE, rest));
        case "remove" -> remove(Arguments.parse(USAGE, rest).name());
        case "password" -> password(Arguments.parse(USAGE, rest, FROM_INPUT));
        default -> throw new Misused("expected " + USAGE);
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void add(Arguments arguments) throws IOException {
    OwnerName name = new OwnerName(arguments.name());
    OwnerName owner = arguments.owner().orElse(name);
    Role role =
        arguments
            .value("--role")
            .map(word -> role(word, arguments))
            .orElse(owner.equals(name) ? Role.OWNER : Role.DEVELOPER);
    String password = newPassword(arguments);
    users.add(name, owner, role, password, ACTOR);
    out.accept("User %s is there, as %s of %s.".formatted(name, role.text(), owner));
    show(arguments, password);
    out.accept("Its functions are pushed to /scm/%s/<function>.".formatted(owner));
  }

  private static Role role(String word, Arguments arguments) {
    return Role.of(word).orElseThrow(() -> arguments.misused("'%s' is no role".formatted(word)));
  }

  private void list(Arguments arguments) {
    arguments.requireNoName();
    out.accept("%-40s %-14s %s".formatted("USER", "ADMINISTRATOR", "OWNERS"));
    for (Users.User user : users.list()) {
      out.accept(
          "%-40s %-14s %s"
              .formatted(
                  user.name(),
                  user.administrator() ? "yes" : "no",
                  user.owners().stream()
                      .map(of -> of.owner() + " (" + of.role() + ")")
                      .collect(Collectors.joining(", "))));
    }
  }

  private void remove(String name) {
    users.remove(name, ACTOR);
    out.accept(
        "User %s is removed and gets in nowhere any more; the functions stay.".formatted(name));
  }

  private void password(Arguments arguments) throws IOException {
    String name = arguments.name();
    String password = newPassword(arguments);
    users.changePassword(name, password, ACTOR);
    out.accept(
        "The old password of %s is worth nothing any more, and who is signed in with it is not."
            .formatted(name));
    show(arguments, password);
  }

  private void show(Arguments arguments, String password) {
    if (!arguments.has(FROM_INPUT)) {
      out.accept("Password: " + password);
      out.accept("It is shown this once and stored nowhere.");
    }
  }

  private String newPassword(Arguments arguments) throws IOException {
    if (!arguments.has(FROM_INPUT)) {
      return users.randomPassword();
    }
    String line = in.readLine();
    return line == null ? "" : line;
  }
}
