package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/** Many at once for a function that has no instance: all of them wait for the first one. */
public final class ColdStartSimulation extends Simulation {
  private static final String REQUEST = "cold start";
  private static final int P99_MILLIS = 15_000;

  public ColdStartSimulation() {
    setUp(
            scenario("cold start")
                .exec(Target.get(REQUEST, "cold", "/"))
                .injectOpen(atOnceUsers(Target.many(500, 100))))
        .protocols(Target.protocol())
        .assertions(Target.nothingFailed(), Target.p99(REQUEST, P99_MILLIS));
  }
}
