package lmnop.testkit.openfaas;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import lmnop.providerapi.DeleteRequest;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.ScaleRequest;
import lmnop.providerapi.Secret;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;

/**
 * An OpenFaaS gateway on this machine, of one kind, that does what a test asks for besides: {@link
 * Quirk}. Its functions answer with the image that they run.
 */
public final class FakeGateway implements AutoCloseable {
  /** The password of the user {@code admin}. */
  public static final String PASSWORD = "gateway-password";

  private static final String NAMESPACE = "openfaas-fn";
  private static final int MOST_FUNCTIONS = 15;
  private static final int MOST_REPLICAS = 5;
  private static final int ALWAYS = Integer.MAX_VALUE;
  private static final List<String> PAID =
      List.of(
          "com.openfaas.scale.zero",
          "com.openfaas.scale.zero-duration",
          "com.openfaas.scale.type",
          "com.openfaas.scale.target");

  private final GatewayKind kind;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, GatewayFunction> functions = new TreeMap<>();
  private final GatewaySecrets secrets;
  private final GatewayLog log = new GatewayLog();
  private final Map<Quirk, Integer> quirks = new EnumMap<>(Quirk.class);
  private final List<String> changes = new ArrayList<>();
  private int lists;

  public FakeGateway(GatewayKind kind) {
    this(kind, 0);
  }

  /**
   * A gateway.
   *
   * @param port 0 takes a free one
   */
  public FakeGateway(GatewayKind kind, int port) {
    this.kind = kind;
    this.secrets = new GatewaySecrets(kind);
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Where it is. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Does this the next time. */
  public synchronized void once(Quirk quirk) {
    quirks.put(quirk, 1);
  }

  /** Does this from now on. */
  public synchronized void always(Quirk quirk) {
    quirks.put(quirk, ALWAYS);
  }

  public synchronized void never(Quirk quirk) {
    quirks.remove(quirk);
  }

  private boolean has(Quirk quirk) {
    Integer left = quirks.get(quirk);
    if (left == null) {
      return false;
    }
    if (left == 1) {
      quirks.remove(quirk);
    }
    return true;
  }

  /** What changed something, in order: as {@code PUT hello IMAGE}. */
  public synchronized List<String> changes() {
    return List.copyOf(changes);
  }

  /** How often it was asked for its functions. */
  public synchronized int lists() {
    return lists;
  }

  /** What runs of a function was deployed so; null where there is none. */
  public synchronized @Nullable FunctionDeployment deployed(String name) {
    GatewayFunction function = functions.get(name);
    return function == null ? null : function.deployment();
  }

  /** How many instances shall run of a function. */
  public synchronized int replicas(String name) {
    GatewayFunction function = functions.get(name);
    return function == null ? 0 : function.replicas();
  }

  /** Somebody deploys past everybody. */
  public synchronized void deployByHand(FunctionDeployment deployment) {
    functions.put(deployment.service(), new GatewayFunction(kind, deployment, log::add));
  }

  /** Somebody scales past everybody. */
  public synchronized void scaleByHand(String name, int replicas) {
    GatewayFunction function = functions.get(name);
    if (function != null) {
      function.scale(replicas);
    }
  }

  /** Somebody removes past everybody. */
  public synchronized void removeByHand(String name) {
    functions.remove(name);
  }

  /** A function prints a line. */
  public synchronized void print(String name, String text) {
    log.add(new LogLine(name, "", name + "-x", Instant.now(), text));
  }

  /** What a secret holds; null where there is none. */
  public synchronized byte @Nullable [] secret(String name) {
    return secrets.content(name);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      switch (kind) {
        case CE -> exchange.getResponseHeaders().set("X-Served-By", "openfaas-ce/0.27.12");
        case FAASD -> exchange.getResponseHeaders().set("X-OpenFaaS-EULA", "openfaas-ce");
        case PRO -> {}
      }
      if (path.startsWith("/function/")) {
        call(exchange, path.substring("/function/".length()));
      } else if (path.equals("/healthz")) {
        Exchanges.answer(exchange, 200, "");
      } else if (!Exchanges.isAllowed(exchange)) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"Restricted\"");
        Exchanges.answer(exchange, 401, "invalid credentials");
      } else if (path.equals("/system/logs")) {
        log(exchange);
      } else {
        system(exchange, exchange.getRequestMethod() + " " + path);
      }
    }
  }

  /** Functions need no credential, and what a gateway says of one that is not there is its own. */
  private void call(HttpExchange exchange, String rest) throws IOException {
    int slash = rest.indexOf('/');
    String name = slash < 0 ? rest : rest.substring(0, slash);
    List<String> images;
    synchronized (this) {
      GatewayFunction function = functions.get(name);
      if (function == null) {
        Exchanges.answer(
            exchange, 404, "error finding function " + name + "." + NAMESPACE + ": not found");
        return;
      }
      images = function.images();
    }
    if (images.isEmpty()) {
      exchange.getResponseHeaders().set("X-OpenFaaS-Internal", "proxy");
      Exchanges.answer(exchange, 503, "No endpoints available for: " + name + ".");
      return;
    }
    Exchanges.answer(
        exchange, 200, images.getFirst() + " " + (slash < 0 ? "/" : rest.substring(slash)));
  }

  private synchronized void system(HttpExchange exchange, String call) throws IOException {
    if (call.equals("GET /system/functions")) {
      lists++;
    }
    if (has(Quirk.WEB_PAGE)) {
      Exchanges.answer(exchange, 502, "<html><body>Bad Gateway</body></html>");
      return;
    }
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (!isNamespaceRight(exchange, call, body)) {
      Exchanges.answer(exchange, 400, "namespace must be: " + NAMESPACE);
      return;
    }
    if (call.startsWith("GET /system/function/")) {
      status(exchange, call.substring("GET /system/function/".length()));
    } else if (call.startsWith("POST /system/scale-function/")) {
      scale(exchange, call.substring("POST /system/scale-function/".length()), body);
    } else {
      switch (call) {
        case "GET /system/info" -> info(exchange);
        case "GET /system/functions" -> list(exchange);
        case "POST /system/functions" ->
            create(exchange, Wire.read(body, FunctionDeployment.class));
        case "PUT /system/functions" -> update(exchange, Wire.read(body, FunctionDeployment.class));
        case "DELETE /system/functions" -> delete(exchange, Wire.read(body, DeleteRequest.class));
        case "GET /system/secrets" -> Exchanges.answer(exchange, 200, secrets.list());
        case "POST /system/secrets" ->
            Exchanges.answer(exchange, secrets.create(Wire.read(body, Secret.class)), "");
        case "PUT /system/secrets" ->
            Exchanges.answer(exchange, secrets.update(Wire.read(body, Secret.class)), "");
        case "DELETE /system/secrets" ->
            Exchanges.answer(exchange, secrets.delete(Wire.read(body, Secret.class)), "");
        default -> Exchanges.answer(exchange, 404, "404 page not found");
      }
    }
  }

  /** Each of them looks in another place. */
  private boolean isNamespaceRight(HttpExchange exchange, String call, String body) {
    boolean inBody =
        switch (call.replaceAll("(scale-function)/.*", "$1")) {
          case "DELETE /system/functions", "POST /system/scale-function" ->
              kind == GatewayKind.FAASD;
          case "DELETE /system/secrets" -> kind != GatewayKind.FAASD;
          default -> call.startsWith("POST ") || call.startsWith("PUT ");
        };
    @Nullable String named =
        inBody
            ? Wire.read(body, DeleteRequest.class).namespace()
            : Exchanges.query(exchange).get("namespace");
    return named == null || named.isEmpty() || named.equals(NAMESPACE);
  }

  private void info(HttpExchange exchange) throws IOException {
    String provider =
        has(Quirk.INFO_WITHOUT_PROVIDER)
            ? "null"
            : kind == GatewayKind.FAASD
                ? "{\"provider\":\"faasd\",\"orchestration\":\"containerd\"}"
                : "{\"provider\":\"faas-netes\",\"orchestration\":\"kubernetes\"}";
    Exchanges.answer(
        exchange,
        200,
        "{\"provider\":" + provider + ",\"version\":{\"release\":\"0.27\"},\"arch\":\"x86_64\"}");
  }

  private void list(HttpExchange exchange) throws IOException {
    if (has(Quirk.LIST_BREAKS)) {
      throw new IOException("cut off on purpose");
    }
    if (has(Quirk.LIST_FAILS)) {
      Exchanges.answer(exchange, 500, "");
    } else if (has(Quirk.LIST_IS_NULL)) {
      Exchanges.answer(exchange, 200, "null");
    } else {
      Exchanges.answer(
          exchange,
          200,
          Wire.write(functions.values().stream().map(GatewayFunction::status).toList()));
    }
  }

  private void status(HttpExchange exchange, String name) throws IOException {
    GatewayFunction function = functions.get(name);
    if (has(Quirk.STATUS_FAILS)) {
      Exchanges.answer(exchange, 500, "");
    } else if (function == null) {
      Exchanges.answer(exchange, 404, "");
    } else {
      Exchanges.answer(exchange, 200, Wire.write(function.status()));
    }
  }

  private void create(HttpExchange exchange, FunctionDeployment deployment) throws IOException {
    String name = deployment.service();
    if (functions.containsKey(name)) {
      Exchanges.answer(
          exchange,
          500,
          "unable create Deployment: deployments.apps \"" + name + "\" already exists");
    } else if (kind == GatewayKind.CE && functions.size() >= MOST_FUNCTIONS) {
      Exchanges.answer(exchange, 400, "unable to create function, maximum: 15, upgrade for more");
    } else if (isValid(exchange, deployment)) {
      functions.put(name, new GatewayFunction(kind, deployment, log::add));
      changes.add("POST " + name + " " + deployment.image());
      Exchanges.answer(exchange, kind == GatewayKind.FAASD ? 200 : 202, "");
    }
  }

  private void update(HttpExchange exchange, FunctionDeployment deployment) throws IOException {
    GatewayFunction function = functions.get(deployment.service());
    if (function == null) {
      Exchanges.answer(exchange, 404, "unable to find function: " + deployment.service());
    } else if (has(Quirk.UPDATE_DOES_NOTHING)) {
      Exchanges.answer(exchange, 200, "");
    } else if (isValid(exchange, deployment)) {
      function.update(deployment);
      changes.add("PUT " + deployment.service() + " " + deployment.image());
      Exchanges.answer(exchange, kind == GatewayKind.FAASD ? 200 : 202, "");
    }
  }

  private boolean isValid(HttpExchange exchange, FunctionDeployment deployment) throws IOException {
    for (String secret : deployment.secrets() == null ? List.<String>of() : deployment.secrets()) {
      if (!secrets.has(secret)) {
        Exchanges.answer(
            exchange, 400, "unable to fetch secrets: secrets \"" + secret + "\" not found");
        return false;
      }
    }
    Map<String, String> labels = deployment.labels() == null ? Map.of() : deployment.labels();
    for (String label : labels.keySet()) {
      if (kind != GatewayKind.PRO && PAID.contains(label)) {
        Exchanges.answer(
            exchange, 400, "validation failed: " + label + " is available for OpenFaaS Pro");
        return false;
      }
    }
    return true;
  }

  private void delete(HttpExchange exchange, DeleteRequest request) throws IOException {
    boolean found = functions.remove(request.functionName()) != null;
    if (found) {
      changes.add("DELETE " + request.functionName());
    }
    Exchanges.answer(exchange, found ? (kind == GatewayKind.FAASD ? 200 : 202) : 404, "");
  }

  /** The gateway makes one or five of what it does not allow, and says that all is well. */
  private void scale(HttpExchange exchange, String inPath, String body) throws IOException {
    if (has(Quirk.SCALE_BREAKS)) {
      throw new IOException("cut off on purpose");
    }
    ScaleRequest request = Wire.read(body, ScaleRequest.class);
    String name = kind == GatewayKind.FAASD ? request.serviceName() : inPath;
    GatewayFunction function = functions.get(name);
    if (function == null) {
      Exchanges.answer(exchange, kind == GatewayKind.FAASD ? 404 : 500, "unable to lookup " + name);
      return;
    }
    int replicas =
        kind == GatewayKind.PRO
            ? request.replicas()
            : Math.clamp(request.replicas(), 1, kind == GatewayKind.CE ? MOST_REPLICAS : 1);
    function.scale(replicas);
    changes.add("SCALE " + name + " " + replicas);
    Exchanges.answer(exchange, 202, "");
  }

  private void log(HttpExchange exchange) throws IOException {
    Map<String, String> query = Exchanges.query(exchange);
    GatewayFunction function;
    boolean ends;
    synchronized (this) {
      function = functions.get(query.getOrDefault("name", ""));
      ends = "true".equals(query.get("follow")) && has(Quirk.LOG_ENDS);
      if (function != null) {
        function.images(); // whoever is ready has printed
      }
    }
    if (function == null) {
      Exchanges.answer(exchange, 501, "");
    } else {
      log.write(exchange, query, ends);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
