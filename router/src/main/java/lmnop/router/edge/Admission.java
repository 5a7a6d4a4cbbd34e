package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.access.Keyring;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.limits.Rates;
import lmnop.router.outcome.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The step ADMIT: what a function has the router say for it before it is asked at all, to browsers
 * that want to know whether a page may call it, to callers without its token, and to clients that
 * ask too often.
 */
final class Admission {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private Admission() {}

  static Progress run(Exchange exchange) {
    if (exchange.isForGateway()) {
      return Progress.NEXT;
    }
    RoutePolicy policy = exchange.traffic().policy();
    RoutePolicy.Cors cors = policy.cors();
    if (cors != null && isPreflight(exchange)) {
      return exchange.refuse(Outcome.PREFLIGHT, null);
    }
    Outcome locked = locked(exchange);
    if (locked != null) {
      return exchange.refuse(locked, null);
    }
    if (policy.functionRate() == null && policy.clientRate() == null) {
      return Progress.NEXT;
    }
    Rates.Verdict verdict =
        exchange
            .lane()
            .context()
            .rates()
            .count(
                exchange.traffic().functionId(),
                policy,
                exchange.forwarding().client(),
                System.nanoTime());
    exchange.counted(verdict);
    return verdict == null || verdict.let()
        ? Progress.NEXT
        : exchange.refuse(
            verdict.ofClient() ? Outcome.CLIENT_TOO_OFTEN : Outcome.FUNCTION_TOO_OFTEN, null);
  }

  /** Why the caller is not let in; null where it is. */
  static @Nullable Outcome locked(Exchange exchange) {
    Keyring keyring = exchange.traffic().keyring();
    if (keyring == null) {
      return null;
    }
    return switch (keyring.check(exchange.headers().token(), System.currentTimeMillis())) {
      case OPENS -> null;
      case MISSING -> Outcome.TOKEN_MISSING;
      case WRONG -> Outcome.TOKEN_REFUSED;
      case OVER -> Outcome.TOKEN_OVER;
    };
  }

  private static boolean isPreflight(Exchange exchange) {
    HttpHeaders headers = exchange.request().headers();
    return exchange.request().method().equals(HttpMethod.OPTIONS)
        && headers.contains(HttpHeaderNames.ORIGIN)
        && headers.contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
  }

  /** Adds to an answer, whoever gave it, what the function's policy has the router say. */
  static void describe(Exchange exchange, Outcome outcome, HttpHeaders answer) {
    FunctionTraffic traffic = exchange.trafficIfAny();
    if (traffic == null) {
      return;
    }
    Rates.Verdict verdict = exchange.verdict();
    if (verdict != null) {
      rate(verdict, answer);
    }
    RoutePolicy.Cors cors = traffic.policy().cors();
    if (cors != null) {
      cors(exchange.request().headers(), cors, outcome == Outcome.PREFLIGHT, answer);
    }
  }

  private static void rate(Rates.Verdict verdict, HttpHeaders answer) {
    String name = verdict.ofClient() ? "\"client\"" : "\"function\"";
    long window = Math.max(1, verdict.rate().perMillis() / 1000);
    answer.set(Names.RATE_LIMIT_POLICY, name + ";q=" + verdict.rate().requests() + ";w=" + window);
    long wait = (verdict.waitNanos() + SECOND - 1) / SECOND;
    answer.set(Names.RATE_LIMIT, name + ";r=" + verdict.left() + ";t=" + Math.max(wait, 1));
    if (!verdict.let()) {
      answer.set(HttpHeaderNames.RETRY_AFTER, String.valueOf(Math.max(wait, 1)));
    }
  }

  private static void cors(
      HttpHeaders request, RoutePolicy.Cors cors, boolean preflight, HttpHeaders answer) {
    answer.remove(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN); // the policy's word counts
    answer.remove(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS);
    String origin = request.get(HttpHeaderNames.ORIGIN);
    boolean any = cors.origins().contains("*");
    if (!any || cors.credentials()) {
      answer.add(HttpHeaderNames.VARY, "Origin");
    }
    if (origin == null || !(any || cors.origins().contains(origin))) {
      return;
    }
    answer.set(
        HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, any && !cors.credentials() ? "*" : origin);
    if (cors.credentials()) {
      answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    if (preflight) {
      answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, String.join(", ", cors.methods()));
      headers(request, cors.headers(), answer);
      Long age = cors.maxAgeSeconds();
      if (age != null) {
        answer.set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, age.toString());
      }
    }
  }

  private static void headers(HttpHeaders request, List<String> allowed, HttpHeaders answer) {
    String asked = request.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
    String told = allowed.contains("*") ? asked : String.join(", ", allowed);
    if (told != null && !told.isEmpty()) {
      answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, told);
    }
  }
}
