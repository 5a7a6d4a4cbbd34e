package lmnop.loadtest.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The ways of loading a platform, in the order in which they run. */
enum Simulation {
  STEADY("steady", "SteadySimulation", "the same rate all the time"),
  RAMP("ramp", "RampSimulation", "more and more users, far beyond what it can do"),
  COLD_START("cold-start", "ColdStartSimulation", "a burst on a function scaled to zero"),
  REDEPLOY("redeploy", "RedeploySimulation", "one push after the other under load"),
  SLOW_NEIGHBOUR("slow-neighbour", "SlowNeighbourSimulation", "a slow function beside a fast one"),
  WEBSOCKET("websocket", "WebSocketSimulation", "open WebSockets that echo"),
  SSE("sse", "ServerSentEventsSimulation", "open streams of events");

  private final String spelled;
  private final String className;
  private final String what;

  Simulation(String spelled, String className, String what) {
    this.spelled = spelled;
    this.className = className;
    this.what = what;
  }

  String spelled() {
    return spelled;
  }

  /** Its class in the module with Gatling. */
  String className() {
    return "lmnop.gatling." + className;
  }

  /** The functions that it asks, by what they are for. */
  List<String> functions() {
    return switch (this) {
      case COLD_START -> List.of("cold");
      case REDEPLOY -> List.of("changing");
      case SLOW_NEIGHBOUR -> List.of("fast", "slow");
      default -> List.of("fast");
    };
  }

  static Optional<Simulation> named(String name) {
    return Arrays.stream(values()).filter(one -> one.spelled.equals(name)).findFirst();
  }

  /** A line for each. */
  static String list() {
    return Arrays.stream(values())
        .map(one -> "  %-16s%s%n".formatted(one.spelled, one.what))
        .collect(Collectors.joining("", "Simulations:\n", ""));
  }
}
