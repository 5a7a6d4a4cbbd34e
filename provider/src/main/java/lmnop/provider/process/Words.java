package lmnop.provider.process;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** What is said of instances that do not run, for the people whose functions they are. */
final class Words {
  private static final int SIGNAL = 128; // a shell adds the signal to it
  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_FOUND = 127;

  private static final Map<Integer, String> SIGNALS =
      Map.of(
          4, "illegal instruction",
          6, "it aborted",
          7, "bus error",
          8, "arithmetic error",
          9, "it was killed",
          11, "segmentation fault",
          15, "it was asked to end",
          25, "it wrote a file that is too large");

  private Words() {}

  static String ended(OptionalInt exitCode) {
    if (exitCode.isEmpty()) {
      return "ended: it was killed from outside";
    }
    int code = exitCode.getAsInt();
    if (code == NOT_EXECUTABLE || code == NOT_FOUND) {
      return "ended with exit code %d: its program is missing or cannot be executed"
          .formatted(code);
    }
    OptionalInt signal = signal(exitCode);
    if (signal.isPresent()) {
      return "ended by signal %d: %s"
          .formatted(signal.getAsInt(), SIGNALS.getOrDefault(signal.getAsInt(), "see signal(7)"));
    }
    return code == 0
        ? "ended with exit code 0: its program is expected to go on and answer requests"
        : "ended with exit code " + code;
  }

  /** The signal that an exit code stands for, if it does. */
  static OptionalInt signal(OptionalInt exitCode) {
    int signal = exitCode.orElse(0) - SIGNAL;
    return signal > 0 && signal < 65 ? OptionalInt.of(signal) : OptionalInt.empty();
  }

  static String notReady(InstanceState state, Duration patience, SortedSet<Integer> ports) {
    int port = state.placement().port();
    String expected =
        state.health() == null
            ? "accept connections on port " + port
            : "answer 200 to GET %s on port %d".formatted(state.health(), port);
    return "did not %s within %d s; %s"
        .formatted(
            expected,
            patience.toSeconds(),
            ports.isEmpty() || ports.contains(port) ? mustListen(port) : elsewhere(ports, port));
  }

  static String elsewhere(SortedSet<Integer> ports, int expected) {
    return "it listens on port %s and not on %d: %s"
        .formatted(
            ports.stream().map(String::valueOf).collect(Collectors.joining(" and ")),
            expected,
            mustListen(expected));
  }

  private static String mustListen(int port) {
    return "its program must listen on 127.0.0.1:%d ($PORT)".formatted(port);
  }
}
