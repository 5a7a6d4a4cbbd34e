package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.incrementConcurrentUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Assertion;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * More and more users who ask again as soon as they have an answer, far beyond what the platform
 * can do at once. Requests are named by their level, so that what each level got done can be
 * compared.
 */
public final class RampSimulation extends Simulation {
  private static final int LEVELS = 5;
  private static final int USERS_EACH = 50;
  private static final int P99_MILLIS = 5000;
  private static final int REQUESTS_OF_ONE = 20;

  private final Duration level = Target.lasting(20, 4);
  private final AtomicLong began = new AtomicLong();

  public RampSimulation() {
    setUp(
            scenario("ramp")
                .repeat(REQUESTS_OF_ONE)
                .on(
                    exec(
                        http(session -> "level " + level())
                            .get(Target.path("fast") + "/")
                            .check(status().is(200))))
                .injectClosed(
                    incrementConcurrentUsers(USERS_EACH)
                        .times(LEVELS)
                        .eachLevelLasting(level)
                        .startingFrom(USERS_EACH)))
        .protocols(Target.protocol())
        .assertions(assertions());
  }

  /** Each level answers something; how much, is for whoever started this to compare. */
  private static List<Assertion> assertions() {
    List<Assertion> assertions = new ArrayList<>();
    assertions.add(Target.nothingFailed());
    assertions.add(global().responseTime().percentile(99).lte(P99_MILLIS));
    for (int level = 1; level <= LEVELS; level++) {
      assertions.add(details("level " + level).successfulRequests().count().gt(0L));
    }
    return assertions;
  }

  private long level() {
    long now = System.nanoTime();
    began.compareAndSet(0, now); // the first request begins the first level
    return Math.min(LEVELS, 1 + (now - began.get()) / level.toNanos());
  }
}
