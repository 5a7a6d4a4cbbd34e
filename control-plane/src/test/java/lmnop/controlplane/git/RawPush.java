package lmnop.controlplane.git;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** Pushes made of bytes. */
final class RawPush {
  static final String NOTHING = "0".repeat(40);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private RawPush() {}

  static String line(String text) {
    return "%04x%s".formatted(text.getBytes(StandardCharsets.UTF_8).length + 4, text);
  }

  /** The commands of a push of one new ref, as git writes them. */
  static String create(String ref, String commit) {
    return line(NOTHING + " " + commit + " " + ref + "\0 report-status side-band-64k agent=test")
        + "0000";
  }

  static String login() {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString(("admin:" + GitServer.PASSWORD).getBytes(StandardCharsets.UTF_8));
  }

  static HttpRequest.Builder request(GitServer server, String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.web.port() + "/scm/" + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", login());
  }

  static HttpRequest.Builder post(GitServer server, String name, String service, byte[] body) {
    return request(server, name + "/" + service)
        .header("Content-Type", "application/x-" + service + "-request")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return HTTP.send(
        request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
  }

  /** Sends commands and a pack, and gives the answer. */
  static HttpResponse<String> send(GitServer server, String name, String commands, byte[] pack)
      throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(commands.getBytes(StandardCharsets.UTF_8));
    body.writeBytes(pack);
    return send(post(server, name, "git-receive-pack", body.toByteArray()));
  }
}
