package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/**
 * A fast function alone, then the same rate beside one that keeps hundreds of requests waiting. How
 * the two compare is for whoever started this to say.
 */
public final class SlowNeighbourSimulation extends Simulation {
  private static final String ALONE = "fast alone";
  private static final String BESIDE = "fast beside slow";
  private static final int FAST_PER_SECOND = 100;
  private static final int SLOW_PER_SECOND = 100; // of 3 s each: 300 in flight
  private static final int P99_MILLIS = 1000;
  private static final Duration BETWEEN = Duration.ofSeconds(3); // until the slow ones have begun

  public SlowNeighbourSimulation() {
    Duration phase = Target.lasting(30, 8);
    Duration warming = Target.warming();
    setUp(
            Target.warmUp("fast", FAST_PER_SECOND),
            scenario("alone")
                .exec(Target.get(ALONE, "fast", "/"))
                .injectOpen(
                    nothingFor(warming), constantUsersPerSec(FAST_PER_SECOND).during(phase)),
            scenario("slow")
                .exec(Target.get("slow", "slow", "/slow"))
                .injectOpen(
                    nothingFor(warming.plus(phase)),
                    constantUsersPerSec(SLOW_PER_SECOND).during(phase.plus(BETWEEN))),
            scenario("beside")
                .exec(Target.get(BESIDE, "fast", "/"))
                .injectOpen(
                    nothingFor(warming.plus(phase).plus(BETWEEN)),
                    constantUsersPerSec(FAST_PER_SECOND).during(phase)))
        .protocols(Target.protocol())
        .assertions(
            Target.nothingFailed(), Target.p99(ALONE, P99_MILLIS), Target.p99(BESIDE, P99_MILLIS));
  }
}
