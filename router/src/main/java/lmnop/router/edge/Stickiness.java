package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import lmnop.registry.table.RoutePolicy.Sticky;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.balance.Share;

/**
 * Gives requests that belong together the same revision while several share a function's traffic.
 *
 * <p>What is remembered is a place among all requests, not a revision: as the weights move, only
 * those move with them that have to.
 */
final class Stickiness {
  private static final int PLACES = 1000;
  private static final String COOKIE = "lmnop-split-";

  private Stickiness() {}

  static Share share(Exchange exchange) {
    FunctionTraffic traffic = exchange.traffic();
    Sticky by = traffic.isSplit() ? traffic.policy().sticky() : null;
    if (by == null || (by == Sticky.CALL_ID && exchange.headers().callId() == null)) {
      return traffic.share();
    }
    int told = by == Sticky.COOKIE ? placeTold(exchange) : -1;
    int place = told < 0 ? placeOf(exchange.callId()) : told;
    return traffic.share((place + 0.5) / PLACES);
  }

  /** Gives a client its place with the first answer. */
  static void describe(Exchange exchange, HttpHeaders answer) {
    FunctionTraffic traffic = exchange.trafficIfAny();
    if (traffic != null
        && traffic.isSplit()
        && traffic.policy().sticky() == Sticky.COOKIE
        && placeTold(exchange) < 0) {
      String cookie = name(traffic) + "=" + placeOf(exchange.callId());
      String secure = exchange.forwarding().secure() ? "; Secure" : "";
      answer.add(HttpHeaderNames.SET_COOKIE, cookie + "; Path=/; HttpOnly; SameSite=Lax" + secure);
    }
  }

  /** A cookie for each function: on the hosts of the path presets there are many. */
  private static String name(FunctionTraffic traffic) {
    return COOKIE + Long.toString(traffic.functionId(), Character.MAX_RADIX);
  }

  /** The same place for the same call id, and every place as often as any other. */
  private static int placeOf(String callId) {
    int hash = callId.hashCode();
    hash = (hash ^ (hash >>> 16)) * 0x7feb352d;
    hash = (hash ^ (hash >>> 15)) * 0x846ca68b;
    return Integer.remainderUnsigned(hash ^ (hash >>> 16), PLACES);
  }

  /** The place that the client's cookie tells, or -1. */
  private static int placeTold(Exchange exchange) {
    List<String> cookies = exchange.request().headers().getAll(HttpHeaderNames.COOKIE);
    if (cookies.isEmpty()) {
      return -1;
    }
    String wanted = name(exchange.traffic()) + "=";
    for (String header : cookies) {
      for (String cookie : header.split(";", -1)) {
        String one = cookie.strip();
        if (one.startsWith(wanted)) {
          return place(one.substring(wanted.length()));
        }
      }
    }
    return -1;
  }

  private static int place(String text) {
    boolean fits =
        !text.isEmpty() && text.length() <= 3 && text.chars().allMatch(Stickiness::digit);
    return fits ? Integer.parseInt(text) : -1;
  }

  private static boolean digit(int c) {
    return c >= '0' && c <= '9';
  }
}
