package lmnop.loadtest.simulation;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param router where a platform runs already; null starts one
 * @param data the data directory of that platform
 */
record Order(
    List<Simulation> simulations, boolean quick, @Nullable URI router, Path data, Path reports) {
  Order {
    simulations = List.copyOf(simulations);
  }

  /** A command line that is not understood. */
  static final class Misunderstood extends Exception {
    private static final long serialVersionUID = 1L;

    Misunderstood(String why) {
      super(why);
    }
  }

  /** Reads arguments; whatever is not said is below the launcher's folder. */
  static Order read(Path home, List<String> arguments) throws Misunderstood {
    Set<Simulation> named = EnumSet.noneOf(Simulation.class);
    boolean quick = false;
    URI router = null;
    Path data = null;
    Path reports = home.resolve("target/loadtest");
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String argument = rest.next();
      switch (argument) {
        case "--quick" -> quick = true;
        case "--url" -> router = router(value(argument, rest));
        case "--data" -> data = Path.of(value(argument, rest)).toAbsolutePath();
        case "--report" -> reports = Path.of(value(argument, rest)).toAbsolutePath();
        default -> named.add(simulation(argument));
      }
    }
    if (data != null && router == null) {
      throw new Misunderstood("--data belongs to --url: a platform of its own has its own data.");
    }
    return new Order(
        new ArrayList<>(named.isEmpty() ? EnumSet.allOf(Simulation.class) : named),
        quick,
        router,
        data == null ? home.resolve("data") : data,
        reports);
  }

  private static String value(String option, Iterator<String> rest) throws Misunderstood {
    if (!rest.hasNext()) {
      throw new Misunderstood(option + " needs a value.");
    }
    return rest.next();
  }

  private static URI router(String given) throws Misunderstood {
    try {
      URI uri = URI.create(given.replaceFirst("/+$", ""));
      if ("http".equals(uri.getScheme()) && uri.getPort() > 0 && uri.getRawPath().isEmpty()) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new Misunderstood(
        "'" + given + "' is not where a router listens: it looks like http://localhost:8080.");
  }

  private static Simulation simulation(String name) throws Misunderstood {
    return Simulation.named(name)
        .orElseThrow(() ->
            new Misunderstood(
                "'%s' is no %s of 'loadtest'."
                    .formatted(name, name.startsWith("-") ? "option" : "simulation")));
  }
}
