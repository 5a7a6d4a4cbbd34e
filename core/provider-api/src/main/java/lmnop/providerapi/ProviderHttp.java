package lmnop.providerapi;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.operations.credentials.Token;
import org.jspecify.annotations.Nullable;

/** Sends one request to a provider and gives its answer, or says in words why there is none. */
final class ProviderHttp implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final int LONGEST_WORDS = 2_000;

  /** Redirects are never followed: they would carry the credential elsewhere. */
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  private final String base;
  private final String authorization;
  private final Duration patience;

  ProviderHttp(URI url, String user, Token token, Duration patience) {
    this.base = url.toString().replaceAll("/+$", "");
    this.authorization =
        "Basic "
            + Base64.getEncoder()
                .encodeToString((user + ":" + token.value()).getBytes(StandardCharsets.UTF_8));
    this.patience = patience;
  }

  /**
   * One answer, whatever its status.
   *
   * @param servedBy what headers say of the gateway; empty where none does
   */
  record Answer(int status, String body, String servedBy) {
    boolean is(int... statuses) {
      for (int s : statuses) {
        if (s == status) {
          return true;
        }
      }
      return false;
    }
  }

  Answer send(String method, String path, Map<String, String> query, @Nullable Object body) {
    HttpRequest.Builder request = request(path, query).timeout(patience);
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, BodyPublishers.ofString(Wire.write(body)));
    }
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), servedBy(response.headers()));
    } catch (IOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static String servedBy(HttpHeaders headers) {
    return Stream.of("X-Served-By", "X-OpenFaaS-EULA")
        .flatMap(name -> headers.firstValue(name).stream())
        .collect(Collectors.joining(" "));
  }

  /** Opens a body that may go on for ever; the caller closes it. */
  HttpResponse<InputStream> open(String path, Map<String, String> query) {
    CompletableFuture<HttpResponse<InputStream>> head =
        client.sendAsync(request(path, query).GET().build(), BodyHandlers.ofInputStream());
    try {
      return head.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw unreachable(
          e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause()));
    } catch (TimeoutException e) {
      head.cancel(true);
      throw unreachable(new HttpTimeoutException("no answer"));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private HttpRequest.Builder request(String path, Map<String, String> query) {
    String parameters =
        query.entrySet().stream()
            .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
            .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(
            URI.create(base + path + (query.isEmpty() ? "" : "?") + parameters))
        .header("Authorization", authorization);
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The provider's refusal in its own words. */
  static ProviderException refused(String doing, int status, String body) {
    String words = body.strip();
    if (status == 401) {
      words = "it does not accept our credential; the token file and the provider's differ";
    } else if (words.isEmpty()) {
      words = "it gave no reason";
    } else if (words.startsWith("<")) {
      words = "it answered with a web page, so its address may belong to something else";
    } else if (words.length() > LONGEST_WORDS) {
      words = words.substring(0, LONGEST_WORDS) + " …";
    }
    return new ProviderException(
        status, "The provider could not %s (HTTP %d): %s".formatted(doing, status, words), words);
  }

  private ProviderException unreachable(IOException e) {
    String why =
        switch (e) {
          case HttpTimeoutException _ -> "it did not answer within " + patience.toSeconds() + " s";
          case ConnectException _ -> "nothing accepts connections there";
          default -> e.toString();
        };
    return new ProviderException("The provider at %s is away: %s".formatted(base, why), e);
  }

  private ProviderException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ProviderException(
        "This process stopped waiting for the provider at " + base,
        new InterruptedIOException(e.getMessage()));
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
