package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/** The same rate all the time, whether earlier requests have ended or not. */
public final class SteadySimulation extends Simulation {
  private static final String REQUEST = "steady";
  private static final int PER_SECOND = 200;
  private static final int P99_MILLIS = 500;

  public SteadySimulation() {
    setUp(
            Target.warmUp("fast", PER_SECOND),
            scenario("steady")
                .exec(Target.get(REQUEST, "fast", "/"))
                .injectOpen(
                    nothingFor(Target.warming()),
                    constantUsersPerSec(PER_SECOND).during(Target.lasting(60, 10))))
        .protocols(Target.protocol())
        .assertions(Target.nothingFailed(), Target.p99(REQUEST, P99_MILLIS));
  }
}
