package lmnop.gatling;

import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Assertion;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.time.Duration;

/** What a simulation is told: where the functions are, and whether it shall be quick. */
final class Target {
  private static final String WARM_UP = "warm-up";
  private static final String PREFIX = "lmnop.simulation.";

  private Target() {}

  /** Connections are kept and shared by all users, as a proxy or a busy client does. */
  static HttpProtocolBuilder protocol() {
    String url = told("url");
    return http.baseUrl(url)
        .wsBaseUrl(url.replaceFirst("^http", "ws"))
        .disableWarmUp()
        .disableCaching()
        .shareConnections();
  }

  /** A request to a function, which has to answer 200. */
  static HttpRequestActionBuilder get(String name, String function, String path) {
    return http(name).get(path(function) + path).check(status().is(200));
  }

  /** A function's path; what is told is the name that was pushed for it. */
  static String path(String function) {
    return "/function/" + told(function);
  }

  /** One of two lengths. */
  static Duration lasting(int seconds, int secondsWhenQuick) {
    return Duration.ofSeconds(many(seconds, secondsWhenQuick));
  }

  /** One of two numbers. */
  static int many(int usually, int whenQuick) {
    return Boolean.parseBoolean(told("quick")) ? whenQuick : usually;
  }

  static Assertion nothingFailed() {
    return global().failedRequests().count().is(0L);
  }

  /** Holds the slowest hundredth of a kind of request to a bound. */
  static Assertion p99(String request, int milliseconds) {
    return details(request).responseTime().percentile(99).lte(milliseconds);
  }

  /** The same requests under another name, until code on both sides is compiled. */
  static PopulationBuilder warmUp(String function, int perSecond) {
    return scenario(WARM_UP)
        .exec(get(WARM_UP, function, "/"))
        .injectOpen(rampUsersPerSec(1).to(perSecond).during(warming()));
  }

  /** How long {@link #warmUp} takes. */
  static Duration warming() {
    return lasting(15, 5);
  }

  private static String told(String name) {
    // Gatling makes simulations without arguments; properties are the only way in.
    String value = System.getProperty(PREFIX + name); // house-rule exception: see above
    if (value == null) {
      throw new IllegalStateException(PREFIX + name + " is not set: start './lmnop loadtest'");
    }
    return value;
  }
}
