package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;

/** A steady rate while whoever started this pushes one revision after the other. */
public final class RedeploySimulation extends Simulation {
  private static final String REQUEST = "redeploy";
  private static final int PER_SECOND = 100;
  private static final int P99_MILLIS = 2000;

  public RedeploySimulation() {
    setUp(
            scenario("redeploy")
                .exec(Target.get(REQUEST, "changing", "/"))
                .injectOpen(constantUsersPerSec(PER_SECOND).during(Target.lasting(60, 20))))
        .protocols(Target.protocol())
        .assertions(Target.nothingFailed(), Target.p99(REQUEST, P99_MILLIS));
  }
}
