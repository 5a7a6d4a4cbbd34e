package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/** Users who keep a WebSocket open and get back each word that they say. */
public final class WebSocketSimulation extends Simulation {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final int WORDS = 10;
  private static final String ECHO = "echo";
  private static final int P99_MILLIS = 1000;

  public WebSocketSimulation() {
    setUp(
            scenario("websocket")
                .exec(ws("connect").connect(Target.path("fast") + "/socket"))
                .repeat(WORDS, "turn")
                .on(
                    exec(ws("send")
                            .sendText("word #{turn}")
                            .await(PATIENCE)
                            .on(ws.checkTextMessage(ECHO).check(bodyString().isEL("word #{turn}"))))
                        .pause(PAUSE))
                .exec(ws("close").close())
                .injectOpen(rampUsers(Target.many(500, 100)).during(Target.lasting(20, 5))))
        .protocols(Target.protocol())
        .assertions(Target.nothingFailed(), Target.p99(ECHO, P99_MILLIS));
  }
}
