package lmnop.controlplane.portal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A browser as the portal meets one: it keeps its cookie, and says from where a form comes. */
public final class Browser {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Pattern COOKIE = Pattern.compile("(?:__Host-)?lmnop-session=([^;]*)");
  private static final Pattern SIGN_IN = Pattern.compile("(?:__Host-)?lmnop-sign-in=([^;]*)");
  private static final Pattern TOKEN =
      Pattern.compile("name=\"form-token\" value=\"([0-9a-f]{64})\"");

  private final String site;
  private final Map<String, String> headers = new TreeMap<>();
  private @Nullable String cookie;
  private @Nullable String signIn; // what binds a sign-in elsewhere to this browser

  public Browser(int port) {
    this.site = "http://127.0.0.1:" + port;
    headers.put("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    headers.put("User-Agent", "Test/1.0");
    headers.put("Origin", site);
  }

  /** Sends another header from now on; null sends none. */
  public Browser with(String name, @Nullable String value) {
    if (value == null) {
      headers.remove(name);
    } else {
      headers.put(name, value);
    }
    return this;
  }

  /** Where its pages come from. */
  String site() {
    return site;
  }

  /** What the cookie holds; empty if there is none. */
  public String cookie() {
    return cookie == null ? "" : cookie;
  }

  /** Shows this from now on, whoever it is from. */
  public Browser holding(String value) {
    cookie = value;
    return this;
  }

  public HttpResponse<String> get(String path) {
    return send(request(path).GET());
  }

  /** Asks what {@link #get} would say, without the body. */
  public HttpResponse<String> head(String path) {
    return send(request(path).HEAD());
  }

  /** An answer that is read while it goes on. */
  public HttpResponse<InputStream> open(String path) throws IOException, InterruptedException {
    return HTTP.send(request(path).GET().build(), BodyHandlers.ofInputStream());
  }

  /** Signs in by the form. */
  public HttpResponse<String> signIn(String user, String password) {
    return postRaw("/sign-in", Map.of("user", user, "password", password, "next", "/"));
  }

  /** Signs in, which has to succeed. */
  public Browser signedIn(String user, String password) {
    HttpResponse<String> answer = signIn(user, password);
    if (answer.statusCode() != 303) {
      throw new AssertionError(user + " could not sign in: " + answer.body());
    }
    return this;
  }

  /** What stands in the forms of this session's pages. */
  public String formToken() {
    Matcher found = TOKEN.matcher(get("/account").body());
    return found.find() ? found.group(1) : "";
  }

  /** Sends a form of our own pages. */
  public HttpResponse<String> post(String path, Map<String, String> fields) {
    Map<String, String> all = new TreeMap<>(fields);
    all.put("form-token", formToken());
    return postRaw(path, all);
  }

  /** Sends exactly these fields. */
  public HttpResponse<String> postRaw(String path, Map<String, String> fields) {
    String body =
        fields.entrySet().stream()
            .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
            .collect(Collectors.joining("&"));
    return send(
        request(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(body)));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(site + path)).timeout(Duration.ofSeconds(20));
    headers.forEach(request::header);
    String prefix = "https".equals(headers.get("X-Forwarded-Proto")) ? "__Host-" : "";
    if (cookie != null) {
      request.header("Cookie", prefix + "lmnop-session=" + cookie);
    }
    if (signIn != null) {
      request.header("Cookie", prefix + "lmnop-sign-in=" + signIn);
    }
    return request;
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> answer = HTTP.send(request.build(), BodyHandlers.ofString());
      for (String set : answer.headers().allValues("Set-Cookie")) {
        Matcher found = COOKIE.matcher(set);
        if (found.find()) {
          cookie = found.group(1).isEmpty() ? null : found.group(1);
        }
        Matcher begun = SIGN_IN.matcher(set);
        if (begun.find()) {
          signIn = begun.group(1).isEmpty() ? null : begun.group(1);
        }
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(request.build().uri() + " got no answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
