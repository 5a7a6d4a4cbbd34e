package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.regex;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.sse;

import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/** Users who listen to a stream of events and get each of them while the stream is open. */
public final class ServerSentEventsSimulation extends Simulation {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int EVENTS = 10;
  private static final String EVENT = "event";
  private static final int P99_MILLIS = 2000;

  public ServerSentEventsSimulation() {
    setUp(
            scenario("sse")
                .exec(
                    sse("connect")
                        .get(Target.path("fast") + "/events")
                        .await(PATIENCE)
                        .on(
                            sse.checkMessage("first " + EVENT)
                                .matching(regex("number 0"))
                                .check(regex("number (\\d+)").is("0"))))
                .repeat(EVENTS - 1, "turn")
                .on(
                    exec(
                        sse("next")
                            .setCheck()
                            .await(PATIENCE)
                            .on(sse.checkMessage(EVENT).check(regex("number (\\d+)").exists()))))
                .exec(sse("close").close())
                .injectOpen(rampUsers(Target.many(500, 100)).during(Target.lasting(20, 5))))
        .protocols(Target.protocol())
        .assertions(Target.nothingFailed(), Target.p99(EVENT, P99_MILLIS));
  }
}
