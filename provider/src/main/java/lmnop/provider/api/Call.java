package lmnop.provider.api;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;

/**
 * One request of an authenticated caller.
 *
 * @param name what stands for {@code {name}} in the path, or nothing
 */
record Call(HttpExchange exchange, Access.Caller caller, String name, Map<String, String> query) {
  private static final int LARGEST_BODY = 2 * 1024 * 1024; // a secret of 1 MiB in base64 fits

  static Call of(HttpExchange exchange, Access.Caller caller, String name) {
    return new Call(exchange, caller, name, parsed(exchange.getRequestURI().getRawQuery()));
  }

  /** For repeated keys the last value wins. */
  private static Map<String, String> parsed(@Nullable String raw) {
    Map<String, String> values = new HashMap<>();
    if (raw != null) {
      for (String pair : raw.split("&")) {
        int equals = pair.indexOf('=');
        String key = equals < 0 ? pair : pair.substring(0, equals);
        values.put(decode(key), equals < 0 ? "" : decode(pair.substring(equals + 1)));
      }
    }
    return values;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Refused.badRequest("'" + text + "' in the query is not properly escaped");
    }
  }

  /** A value of the query, empty if it is not there. */
  String query(String key) {
    return query.getOrDefault(key, "");
  }

  /** The namespace that the body names, else the query, else the default. */
  String namespace(@Nullable String inBody) {
    if (inBody != null && !inBody.isEmpty()) {
      return inBody;
    }
    String inQuery = query("namespace");
    return inQuery.isEmpty() ? WorkloadKey.DEFAULT_NAMESPACE : inQuery;
  }

  /** Reads the body as JSON. */
  <T> T body(Class<T> type) throws IOException {
    byte[] bytes = bytes();
    try {
      return Wire.read(new String(bytes, StandardCharsets.UTF_8), type);
    } catch (IllegalArgumentException e) {
      throw Refused.badRequest("The request's body is not the JSON expected: " + e.getMessage());
    }
  }

  /** Whether the caller sent a body. */
  boolean hasBody() {
    String length = exchange.getRequestHeaders().getFirst("Content-Length");
    return exchange.getRequestHeaders().containsKey("Transfer-Encoding")
        || (length != null && !length.equals("0"));
  }

  private byte[] bytes() throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      byte[] bytes = in.readNBytes(LARGEST_BODY + 1);
      if (bytes.length > LARGEST_BODY) {
        throw new Refused(413, "The request's body is larger than " + LARGEST_BODY + " bytes");
      }
      return bytes;
    }
  }

  /** Answers JSON. */
  void json(int status, Object value) throws IOException {
    answer(status, "application/json", Wire.write(value));
  }

  /** Answers with no body. */
  void empty(int status) throws IOException {
    answer(status, "text/plain; charset=utf-8", "");
  }

  private void answer(int status, String type, String text) throws IOException {
    answer(exchange, status, type, text);
  }

  static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }
}
