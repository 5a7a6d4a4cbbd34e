package lmnop.loadtest.platform;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A platform of one machine: the router, and the ports that are counted from it.
 *
 * @param router without a final slash
 * @param data its data directory, which holds its credentials
 */
public record Site(URI router, Path data) {
  private static final int GIT = 1;
  private static final int PROVIDER = 3;
  private static final Duration ASLEEP_WITHIN = Duration.ofMinutes(2);
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  /** The password of {@code admin}. */
  public Path passwordFile() {
    return data.resolve("credentials/admin-password");
  }

  /** Says why this is no platform that functions can be pushed to; empty if it is one. */
  public String problem() throws InterruptedException {
    if (!Files.isReadable(passwordFile())) {
      return passwordFile()
          + " cannot be read: say with --data where that platform keeps its data.";
    }
    try {
      HTTP.send(request(router), BodyHandlers.discarding());
      return "";
    } catch (IOException e) {
      return "Nothing answers at " + router + ".";
    }
  }

  /** The git remote of a function. */
  public String remote(String function) {
    return at(GIT, "/scm/" + function).toString();
  }

  /** What a function answers. */
  public String ask(String function) throws IOException, InterruptedException {
    URI uri = URI.create(router + "/function/" + function + "/");
    return HTTP.send(request(uri), BodyHandlers.ofString()).body();
  }

  /** Scales every workload of a function to zero, and waits until none of its instances is left. */
  public void putToSleep(String function) throws IOException, InterruptedException {
    for (JsonNode workload : workloads(function)) {
      String name = workload.path("name").asString();
      String namespace = workload.path("namespace").asString();
      String body = JSON.writeValueAsString(new Scale(name, 0, namespace));
      HttpRequest scale =
          asOperator("/system/scale-function/" + name + "?namespace=" + namespace)
              .POST(BodyPublishers.ofString(body))
              .build();
      HttpResponse<String> answer = HTTP.send(scale, BodyHandlers.ofString());
      if (answer.statusCode() >= 300) {
        throw new IOException(name + " was not scaled: " + answer.body());
      }
    }
    Polling.until(
        function + " has no instance",
        ASLEEP_WITHIN,
        () ->
            workloads(function).stream()
                .allMatch(workload -> workload.path("availableReplicas").asInt(0) == 0));
  }

  private List<JsonNode> workloads(String function) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HTTP.send(asOperator("/system/functions").build(), BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException("the provider does not list its workloads: " + answer.body());
    }
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode workload : JSON.readTree(answer.body())) {
      if (workload.path("name").asString().startsWith(function + "-")) {
        found.add(workload);
      }
    }
    if (found.isEmpty()) {
      throw new IOException("the provider knows no workload of " + function);
    }
    return found;
  }

  private record Scale(String serviceName, int replicas, String namespace) {}

  private HttpRequest.Builder asOperator(String path) throws IOException {
    String token = Files.readString(data.resolve("credentials/provider-operator")).strip();
    byte[] credentials = ("operator:" + token).getBytes(StandardCharsets.UTF_8);
    return HttpRequest.newBuilder(at(PROVIDER, path))
        .timeout(Duration.ofSeconds(30))
        .header("Content-Type", "application/json")
        .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
  }

  private static HttpRequest request(URI uri) {
    return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(40)).build();
  }

  /** All but the router listen on this machine only. */
  private URI at(int offset, String path) {
    return URI.create("http://127.0.0.1:" + (router.getPort() + offset) + path);
  }
}
