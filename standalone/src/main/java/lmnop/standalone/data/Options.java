package lmnop.standalone.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import lmnop.standalone.machine.Ports;

/**
 * What the user asked for on the command line.
 *
 * @param command one of {@code up}, {@code demo} and {@code doctor}
 * @param home the folder that holds the apps' modules, templates and examples; the launcher names
 *     it
 * @param data the data directory
 * @param listen where the router's public listener binds; everything else stays on 127.0.0.1
 * @param trustFunctions functions and builds may run without a sandbox
 * @param verbose every line of every app is shown from the start
 * @param exit {@code demo} stops the platform again
 */
public record Options(
    String command,
    Path home,
    DataDirectory data,
    Ports ports,
    String listen,
    boolean trustFunctions,
    boolean verbose,
    boolean exit) {
  private static final Set<String> COMMANDS = Set.of("up", "demo", "doctor");
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

  /** A command line that is not understood; the message is for the user. */
  public static final class Misused extends Exception {
    private static final long serialVersionUID = 1L;

    Misused(String message) {
      super(message);
    }
  }

  /** Reads a command line: the command, then its options. */
  public static Options parse(List<String> arguments) throws Misused {
    if (arguments.isEmpty() || !COMMANDS.contains(arguments.getFirst())) {
      throw new Misused("The command is one of up, demo and doctor; ./lmnop --help tells more.");
    }
    Parser parser = new Parser(arguments.getFirst());
    List<String> rest = arguments.subList(1, arguments.size());
    for (int i = 0; i < rest.size(); i++) {
      if (parser.takesValue(rest.get(i))) {
        if (i + 1 == rest.size()) {
          throw new Misused(rest.get(i) + " lacks its value.");
        }
        parser.value(rest.get(i), rest.get(++i));
      } else {
        parser.flag(rest.get(i));
      }
    }
    return parser.options();
  }

  /** Whether every listener of the platform is reachable from this machine only. */
  public boolean onLoopback() {
    return isLoopback(listen);
  }

  /** Whether an address to listen on is reachable from this machine only. */
  public static boolean isLoopback(String host) {
    return LOOPBACK.contains(host);
  }

  /** The options as they are read, with their defaults. */
  private static final class Parser {
    private final String command;
    private Path home = Path.of(".").toAbsolutePath().normalize();
    private String data = "";
    private int port = Ports.DEFAULT_BASE;
    private String listen = "127.0.0.1";
    private boolean trustFunctions;
    private boolean verbose;
    private boolean exit;

    Parser(String command) {
      this.command = command;
    }

    boolean takesValue(String option) {
      return Set.of("--home", "--data", "--port", "--listen").contains(option);
    }

    void value(String option, String value) throws Misused {
      if (value.isBlank()) {
        throw new Misused(option + " has an empty value.");
      }
      switch (option) {
        case "--home" -> home = Path.of(value).toAbsolutePath().normalize();
        case "--data" -> data = value;
        case "--port" -> port = port(value);
        default -> listen = value;
      }
    }

    void flag(String option) throws Misused {
      if (option.equals("--trust-functions")) {
        trustFunctions = true;
      } else if (option.equals("--verbose")) {
        verbose = true;
      } else if (option.equals("--exit") && command.equals("demo")) {
        exit = true;
      } else {
        throw new Misused(
            "'%s' is no option of '%s'; ./lmnop --help lists them.".formatted(option, command));
      }
    }

    Options options() {
      Path directory = data.isEmpty() ? home.resolve("data") : Path.of(data);
      return new Options(
          command,
          home,
          new DataDirectory(directory),
          new Ports(port),
          listen,
          trustFunctions,
          verbose,
          exit);
    }

    private static int port(String value) throws Misused {
      try {
        return new Ports(Integer.parseInt(value)).base();
      } catch (NumberFormatException e) {
        throw new Misused("--port " + value + ": a port is a number from 1 to 65526.");
      } catch (IllegalArgumentException e) {
        throw new Misused("--port " + e.getMessage() + ".");
      }
    }
  }
}
