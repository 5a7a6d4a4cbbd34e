package lmnop.controlplane.identities;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a provider, in a bounded time for a bounded answer; no redirect is followed. */
final class ProviderHttp {
  private static final Duration TIME = Duration.ofSeconds(5);
  private static final int LONGEST = 256 * 1024;

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(TIME)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  JsonNode get(URI from) throws IOException, InterruptedException {
    return ask(HttpRequest.newBuilder(from));
  }

  JsonNode get(URI from, String bearer) throws IOException, InterruptedException {
    return ask(HttpRequest.newBuilder(from).header("Authorization", "Bearer " + bearer));
  }

  /** Sends a form; who sends it shows its name and its secret. */
  JsonNode post(URI to, Map<String, String> form, String client, String secret)
      throws IOException, InterruptedException {
    String basic = encoded(client) + ":" + encoded(secret);
    return ask(
        HttpRequest.newBuilder(to)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder().encodeToString(basic.getBytes(StandardCharsets.UTF_8)))
            .POST(BodyPublishers.ofString(query(form))));
  }

  /** Names and values as they stand in an address or a form. */
  static String query(Map<String, String> values) {
    return values.entrySet().stream()
        .map(one -> encoded(one.getKey()) + "=" + encoded(one.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private JsonNode ask(HttpRequest.Builder request) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> asked =
        http.sendAsync(
            request.header("Accept", "application/json").timeout(TIME).build(),
            BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST));
    try {
      HttpResponse<byte[]> answer = asked.get(2 * TIME.toMillis(), TimeUnit.MILLISECONDS);
      if (answer.statusCode() != 200) {
        throw new IOException(
            "%s answers %d".formatted(answer.uri().getHost(), answer.statusCode()));
      }
      return JsonMapper.shared().readTree(answer.body());
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      asked.cancel(true);
      throw new IOException("no answer in time", e);
    } catch (JacksonException e) {
      throw new IOException("the answer is no JSON", e);
    }
  }
}
