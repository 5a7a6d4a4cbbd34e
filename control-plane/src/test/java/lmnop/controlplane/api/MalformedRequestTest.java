package lmnop.controlplane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is sent to the API, it is the sender's fault that it is not understood. */
@Timeout(300)
@Tag(Reliability.TAG)
@SuppressWarnings("NullAway.Init")
final class MalformedRequestTest {
  private static final int REQUESTS = Thorough.isAskedFor() ? 10_000 : 1_500;
  private static final long SEED = 20261129;
  private static final List<String> PARAMETERS =
      List.of(
          "owner",
          "search",
          "limit",
          "cursor",
          "state",
          "function",
          "after",
          "follow",
          "since",
          "tail",
          "instance",
          "revision",
          "contains",
          "url",
          "confirm",
          "from",
          "window",
          "force",
          "way",
          "at",
          "path",
          "nonsense",
          "",
          "a[b]");
  private static final List<String> MEMBERS =
      List.of(
          "revision",
          "percent",
          "branch",
          "instances",
          "value",
          "base64",
          "functions",
          "roll",
          "name",
          "scope",
          "owner",
          "lifetime",
          "role",
          "host",
          "old",
          "password",
          "nonsense",
          "",
          "\\u0000",
          "\\ud800");
  private static final List<String> VALUES =
      List.of(
          "1",
          "0",
          "-1",
          "2",
          "50",
          "true",
          "null",
          "1e999",
          "1.5",
          "99999999999999999999",
          "\"\"",
          "\"main\"",
          "\"viewer\"",
          "\"read\"",
          "\"1d\"",
          "[\"hello\"]",
          "\"shop.example.com\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"2026-01-31T12:00:00Z\"",
          "[]",
          "{}",
          "[[[[]]]]",
          "\"../../etc\"",
          "\"'; DROP TABLE builds; --\"",
          "NaN",
          "'x'",
          "\u00e4");
  private static final List<String> TEXTS =
      List.of(
          "",
          "1",
          "0",
          "-1",
          "200",
          "201",
          "2147483648",
          "99999999999999999999",
          "team",
          "hello",
          "Team",
          "-",
          "a--b",
          "main",
          "true",
          "maybe",
          "LIVE",
          "live",
          "MQ",
          "dGVhbS9oZWxsbw",
          "2026-01-31T12:00:00Z",
          "+1000000000-01-01T00:00:00Z",
          "5m",
          "\u0000",
          "\ud83d\ude00",
          "%",
          "_",
          "'",
          "\\",
          "..",
          "/",
          "http://hello.apps.localhost/",
          "http://[::1",
          "\r\n");

  @TempDir Path data;

  /** One request, as bytes. */
  private static final class Sent {
    private final Random random;

    Sent(long seed) {
      this.random = new Random(seed);
    }

    private <T> T any(List<T> of) {
      return of.get(random.nextInt(of.size()));
    }

    private String text() {
      return switch (random.nextInt(6)) {
        case 0 -> "x".repeat(random.nextInt(500));
        case 1 -> random(random.nextInt(20));
        default -> any(TEXTS);
      };
    }

    private String random(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private String encoded(String text) {
      return switch (random.nextInt(8)) {
        case 0 -> "%zz";
        case 1 -> "%ff%fe";
        case 2 -> "%00";
        default -> URLEncoder.encode(text, StandardCharsets.UTF_8);
      };
    }

    private String path(String pattern) {
      String path = pattern.replace("{owner}", maybe("team")).replace("{function}", maybe("hello"));
      return path.replace("{number}", maybe("2"))
          .replace("{build}", maybe("3"))
          .replace("{host}", maybe("shop.example.com"))
          .replace("{repository}", maybe("hello"))
          .replace("{commit}", maybe("main"))
          .replace("{ending}", maybe("zip"))
          .replace("{session}", maybe("1"))
          .replaceAll("\\{(member|secret|token|user)}", Matcher.quoteReplacement(maybe("viewer")));
    }

    private String maybe(String usual) {
      return random.nextInt(3) > 0 ? usual : encoded(text());
    }

    private String query() {
      List<String> parameters = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        String name = random.nextInt(10) == 0 ? encoded(text()) : any(PARAMETERS);
        parameters.add(random.nextInt(10) == 0 ? name : name + "=" + encoded(text()));
      }
      return parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
    }

    private byte[] body() {
      StringBuilder json = new StringBuilder("{");
      for (int i = random.nextInt(4); i > 0; i--) {
        json.append('"').append(any(MEMBERS)).append("\": ").append(any(VALUES));
        json.append(i == 1 ? "" : ",");
      }
      byte[] bytes = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
      switch (random.nextInt(8)) {
        case 0 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        case 1 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        case 2 -> bytes = "[".repeat(random.nextInt(20_000)).getBytes(StandardCharsets.UTF_8);
        case 3 -> bytes = new byte[random.nextInt(40_000)];
        case 4 -> bytes = random(random.nextInt(100)).getBytes(StandardCharsets.ISO_8859_1);
        default -> {
          // as it is
        }
      }
      return bytes;
    }

    private String header(String name, String... values) {
      return switch (random.nextInt(4)) {
        case 0 -> name + ": " + any(List.of(values)) + "\r\n";
        case 1 -> name + ": " + text().replaceAll("[^ -~]", "?") + "\r\n";
        default -> "";
      };
    }

    byte[] bytes(Route route, String login) throws IOException {
      boolean hasBody = !route.method().name().equals("GET") && random.nextInt(5) > 0;
      byte[] body = hasBody ? body() : new byte[0];
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      String head =
          route.method()
              + " "
              + path(route.path())
              + query()
              + " HTTP/1.1\r\nHost: localhost\r\n"
              + "Connection: close\r\nAuthorization: Basic "
              + login
              + "\r\n"
              + header("Accept", "text/event-stream", "application/json", "*/*", "a/b;q=x", ";")
              + header("If-Match", "*", "\"x\"", "W/\"x\"", "\"", ",,")
              + header("Idempotency-Key", "k" + random.nextInt(50), "")
              + header("Last-Event-ID", "1", "-1", "99999999999")
              + (random.nextInt(4) > 0
                  ? "Content-Type: application/json\r\n"
                  : header("Content-Type", "text/plain", "a", "application/json;charset=x", ";"))
              + "Content-Length: "
              + body.length
              + "\r\n\r\n";
      bytes.write(head.getBytes(StandardCharsets.ISO_8859_1));
      bytes.write(body);
      return bytes.toByteArray();
    }
  }

  @Test
  void isNeverAFaultOfTheServer() throws Exception {
    try (ApiServer server = new ApiServer(data)) {
      List<Route> routes = server.api.routes();
      Map<Integer, Integer> answers = new TreeMap<>();
      for (int i = 0; i < REQUESTS; i++) {
        Route route = routes.get(i % routes.size());
        boolean root = route.access().who() == Access.Who.ADMINISTRATOR;
        byte[] sent = new Sent(SEED + i).bytes(route, login(root ? "root" : "dev"));
        int status = status(server, sent);
        assertThat(status)
            .as("request %d: %s", i, new String(sent, StandardCharsets.ISO_8859_1))
            .isBetween(200, 499);
        answers.merge(status, 1, Integer::sum);
      }
      assertThat(answers.keySet())
          .contains(200, 400, 404, 409, 415); // they came to where it counts
      Reliability.atLeast("R40", "malformed requests to the API", REQUESTS, 1_500);
      Reliability.atMost("R40", "of them answered as a fault of ours", faults(answers), 0);
      assertThat(server.get("dev", ApiServer.HELLO).statusCode()).isEqualTo(200);
    }
  }

  private static String login(String user) {
    String login = user + ":" + ApiServer.PASSWORD;
    return Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
  }

  private static long faults(Map<Integer, Integer> answers) {
    return answers.keySet().stream().filter(status -> status < 200 || status >= 500).count();
  }

  /** The status that a request is answered with; whoever answers on and on is left. */
  private static int status(ApiServer server, byte[] request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.uri("/").getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
      String line =
          new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
              .readLine();
      return line == null ? 0 : Integer.parseInt(line.split(" ")[1]);
    }
  }
}
