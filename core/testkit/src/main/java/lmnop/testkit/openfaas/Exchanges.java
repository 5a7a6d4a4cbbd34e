package lmnop.testkit.openfaas;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** What a call to the stand-in says, and how it is answered. */
final class Exchanges {
  private Exchanges() {}

  static boolean isAllowed(HttpExchange exchange) {
    String wanted =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(("admin:" + FakeGateway.PASSWORD).getBytes(StandardCharsets.UTF_8));
    return wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> values = new HashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int equals = pair.indexOf('=');
      values.put(
          pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return values;
  }

  static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }
}
