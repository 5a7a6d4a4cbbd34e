package lmnop.loadtest.bench.cluster;

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
import java.util.Properties;
import java.util.function.Predicate;
import lmnop.loadtest.platform.WorkTree;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A release of the chart, as people and this bench reach it. */
final class Installed {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int OK = 200;
  private static final int LISTENS = 8080; // a router, in its pod
  private static final int MANAGEMENT = 8084;

  /** Chooses what runs for functions. */
  static final String OURS = "lmnop.provider";

  /** Where it is. */
  record Place(@Nullable Path kubeconfig, String namespace, String release) {}

  private final Place place;
  private final Kubectl kubectl;
  private final Path passwordFile;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final String router;
  private final String portal;
  private final String functions;
  private final String management;

  private Installed(Place place, Path scratch) throws IOException, InterruptedException {
    this.place = place;
    this.kubectl = new Kubectl(place.kubeconfig());
    this.router = findRouter();
    this.portal = settings("control-plane").getProperty("portal-host");
    this.functions = settings("provider").getProperty("kubernetes.namespace");
    this.passwordFile = Files.writeString(scratch.resolve("password"), secret("admin-password"));
    this.management = secret("management-router").strip();
  }

  /** Finds it. */
  static Installed find(Place place, Path scratch) throws IOException, InterruptedException {
    return new Installed(place, scratch);
  }

  Kubectl kubectl() {
    return kubectl;
  }

  /** Where its own pods are. */
  String namespace() {
    return place.namespace();
  }

  /** Where functions run. */
  String functions() {
    return functions;
  }

  private String name(String part) {
    return place.release() + "-" + part;
  }

  private Properties settings(String app) throws IOException, InterruptedException {
    Properties settings = new Properties();
    JsonNode map = kubectl.get(namespace(), "configmap", name(app));
    settings.load(
        new java.io.StringReader(map.path("data").path(app + ".properties").asString("")));
    return settings;
  }

  private String secret(String key) throws IOException, InterruptedException {
    JsonNode pod =
        kubectl
            .get(namespace(), "deployment", name("control-plane"))
            .at("/spec/template/spec/volumes");
    for (JsonNode volume : pod) {
      if (volume.path("name").asString("").equals("credentials")) {
        String secret = volume.at("/secret/secretName").asString();
        String value =
            kubectl.get(namespace(), "secret", secret).path("data").path(key).asString("");
        return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
      }
    }
    throw new IOException("the control plane has no credentials: is it lmnop's chart?");
  }

  private String findRouter() throws IOException, InterruptedException {
    JsonNode service = kubectl.get(namespace(), "service", name("router"));
    if (service.at("/spec/type").asString("").equals("NodePort")) {
      for (JsonNode address : kubectl.get(namespace(), "nodes").at("/items/0/status/addresses")) {
        if (address.path("type").asString("").equals("InternalIP")) {
          return address.path("address").asString()
              + ":"
              + service.at("/spec/ports/0/nodePort").asInt();
        }
      }
    }
    JsonNode balancer = service.at("/status/loadBalancer/ingress/0");
    String host = balancer.path("ip").asString(balancer.path("hostname").asString(""));
    if (host.isEmpty()) {
      throw new IOException("the Service of the router has no address yet");
    }
    return host + ":80";
  }

  /** Where a function answers. */
  URI function(String name) {
    return URI.create("http://" + router + "/function/" + name);
  }

  /** Where a function answers by one router's pod, without the cluster's Service before it. */
  URI functionAt(String pod, String name) {
    return URI.create("http://%s:%d/function/%s".formatted(pod, LISTENS, name));
  }

  /** A repository that is pushed to this installation. */
  WorkTree tree(Path folder) throws IOException {
    String host = router.substring(0, router.lastIndexOf(':'));
    return new WorkTree(folder, passwordFile)
        .configure("http.proxy", "")
        .configure("http.curloptResolve", remoteHost() + ":" + host);
  }

  private String remoteHost() {
    return portal + router.substring(router.lastIndexOf(':'));
  }

  /** Pushes what was committed; gives what git printed. */
  String push(WorkTree tree, String function) throws IOException {
    WorkTree.Pushed pushed = tree.push("http://" + remoteHost() + "/scm/" + function);
    if (!pushed.succeeded()) {
      throw new IOException("the push of " + function + " failed:\n" + pushed.output());
    }
    return pushed.output();
  }

  /** What a function answers; it has to be 200. */
  String get(String name) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(function(name)).timeout(Duration.ofSeconds(40)).build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != OK) {
      throw new IOException(
          "%s answered %d: %s".formatted(name, answer.statusCode(), answer.body()));
    }
    return answer.body();
  }

  /** Asks the API about a function, or for something. */
  JsonNode api(String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    String credentials = "admin:" + Files.readString(passwordFile).strip();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + router + "/api/v1/functions/default/" + path))
            .timeout(Duration.ofSeconds(30))
            .header("Host", remoteHost())
            .header("Content-Type", "application/json")
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IOException(
          "%s %s: %d %s".formatted(method, path, answer.statusCode(), answer.body()));
    }
    return answer.body().isBlank() ? JSON.missingNode() : JSON.readTree(answer.body());
  }

  /** How many instances shall run, until somebody gives the number back. */
  void scale(String function, int instances) throws IOException, InterruptedException {
    api("PUT", function + "/scale", "{\"instances\": %d}".formatted(instances));
  }

  /** The pods of a function that are not on their way out. */
  List<JsonNode> pods(String function) throws IOException, InterruptedException {
    return alive(functions, OURS, pod -> isOf(function, pod));
  }

  /** The same of others. */
  List<JsonNode> alive(String in, String selector, Predicate<JsonNode> chosen)
      throws IOException, InterruptedException {
    List<JsonNode> alive = new ArrayList<>();
    for (JsonNode pod : kubectl.get(in, "pods", "-l", selector).path("items")) {
      if (chosen.test(pod) && !pod.path("metadata").has("deletionTimestamp")) {
        alive.add(pod);
      }
    }
    return alive;
  }

  /** Whether an object has a name that workloads of the function have. */
  static boolean isOf(String function, JsonNode object) {
    return object.at("/metadata/name").asString("").matches(function + "-[a-z0-9]{10}(-.*)?");
  }

  /** The name of an object. */
  static String nameOf(JsonNode object) {
    return object.at("/metadata/name").asString();
  }

  /** The address of a router's pod. */
  String routerPod() throws IOException, InterruptedException {
    return kubectl
        .get(namespace(), "pods", "-l", "app.kubernetes.io/name=lmnop-router")
        .at("/items/0/status/podIP")
        .asString();
  }

  /** What the router in a pod, which has to be reached from here, would do with a request now. */
  String explain(String pod, String function) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://%s:%d/explain?url=http://%s/function/%s"
                        .formatted(pod, MANAGEMENT, router, function)))
            .timeout(Duration.ofSeconds(5))
            .header("Authorization", "Bearer " + management)
            .build();
    return http.send(request, BodyHandlers.ofString()).body();
  }
}
