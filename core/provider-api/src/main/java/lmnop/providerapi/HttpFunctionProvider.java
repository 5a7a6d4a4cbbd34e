package lmnop.providerapi;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lmnop.operations.credentials.CredentialFile;
import lmnop.providerapi.ProviderHttp.Answer;
import tools.jackson.databind.JsonNode;

/**
 * A provider elsewhere, spoken to over HTTP: ours, faas-netes, faasd, or an OpenFaaS gateway.
 *
 * <p>These differ in where they read a namespace and in the statuses that they answer with, so a
 * namespace travels in the query and in the body, and every success that any of them uses is taken
 * for one.
 */
public final class HttpFunctionProvider implements FunctionProvider, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String FUNCTIONS = "/system/functions";
  private static final String CRASHES = "/lmnop/crashes/"; // no other provider has it
  private static final String SECRETS = "/system/secrets";

  private final ProviderHttp http;

  /**
   * A provider at the given address.
   *
   * @param tokenFile holds the password of {@code user}
   */
  public HttpFunctionProvider(URI url, String user, CredentialFile tokenFile) {
    this(url, user, tokenFile, PATIENCE);
  }

  HttpFunctionProvider(URI url, String user, CredentialFile tokenFile, Duration patience) {
    this.http = new ProviderHttp(url, user, tokenFile.read(), patience);
  }

  @Override
  public List<FunctionStatus> list(String namespace) {
    Answer answer = listTwice(namespace);
    return understood(
        "list functions", answer, () -> Wire.readList(answer.body(), FunctionStatus.class));
  }

  /** A gateway that has lost its Prometheus drops the connection of a list now and then. */
  private Answer listTwice(String namespace) {
    try {
      return readList(FUNCTIONS, namespace);
    } catch (ProviderException e) {
      if (e.status() != 0) {
        throw e;
      }
      return readList(FUNCTIONS, namespace);
    }
  }

  @Override
  public Optional<FunctionStatus> status(String name, String namespace) {
    Answer answer =
        http.send("GET", "/system/function/" + ProviderHttp.encode(name), at(namespace), null);
    if (answer.is(404)) {
      return Optional.empty();
    }
    require(answer, "read the function '" + name + "'", 200);
    return Optional.of(
        understood(
            "read the function", answer, () -> Wire.read(answer.body(), FunctionStatus.class)));
  }

  /** Replaces first and creates where there is nothing to replace, as the stock client does. */
  @Override
  public void deploy(FunctionDeployment deployment) {
    String doing = "deploy '" + deployment.service() + "'";
    Map<String, String> at = at(Objects.requireNonNullElse(deployment.namespace(), ""));
    Answer update = http.send("PUT", FUNCTIONS, at, deployment);
    if (update.is(404)) {
      Answer create = http.send("POST", FUNCTIONS, at, deployment);
      if (!create.is(409, 500) || status(deployment).isEmpty()) {
        require(create, doing, 200, 201, 202);
        return;
      }
      update = http.send("PUT", FUNCTIONS, at, deployment); // somebody created it meanwhile
    }
    require(update, doing, 200, 201, 202);
    if (update.is(200)) {
      requireImage(deployment);
    }
  }

  /** One provider answers 200 to an update that failed; a success of it is 202. */
  private void requireImage(FunctionDeployment wanted) {
    String runs = status(wanted).map(FunctionStatus::image).orElse("nothing");
    if (!runs.equals(wanted.image()) && !runs.endsWith("/" + wanted.image())) {
      throw new ProviderException(
          500,
          "The provider took the update of '%s' to %s, but still runs %s"
              .formatted(wanted.service(), wanted.image(), runs));
    }
  }

  private Optional<FunctionStatus> status(FunctionDeployment deployment) {
    String namespace = deployment.namespace();
    return status(deployment.service(), namespace == null ? "" : namespace);
  }

  @Override
  public boolean delete(String name, String namespace) {
    DeleteRequest request = new DeleteRequest(name, namespace);
    return found(
        http.send("DELETE", FUNCTIONS, at(namespace), request),
        "delete the function '" + name + "'");
  }

  @Override
  public boolean scale(String name, String namespace, int replicas) {
    ScaleRequest request = new ScaleRequest(name, replicas, namespace);
    Answer answer =
        http.send(
            "POST", "/system/scale-function/" + ProviderHttp.encode(name), at(namespace), request);
    if (answer.is(500) && status(name, namespace).isEmpty()) {
      return false; // faas-netes says 500 of a function that it does not know
    }
    return found(answer, "scale the function '%s' to %d".formatted(name, replicas));
  }

  @Override
  public Stream<LogLine> logs(LogRequest request) {
    return LogStream.open(http, request);
  }

  @Override
  public List<Crash> crashes(String function, String namespace) {
    Answer answer = http.send("GET", CRASHES + ProviderHttp.encode(function), at(namespace), null);
    if (answer.is(404)) {
      throw new ProviderException(404, "The provider keeps nothing of instances that crashed");
    }
    require(answer, "list crashes", 200);
    return understood("list crashes", answer, () -> Wire.readList(answer.body(), Crash.class));
  }

  @Override
  public Optional<Crash> crash(String function, String namespace, int number) {
    Map<String, String> query = new LinkedHashMap<>(at(namespace));
    query.put("number", String.valueOf(number));
    Answer answer = http.send("GET", CRASHES + ProviderHttp.encode(function), query, null);
    if (answer.is(404)) {
      return Optional.empty();
    }
    require(answer, "show a crash", 200);
    return Optional.of(
        understood("show a crash", answer, () -> Wire.read(answer.body(), Crash.class)));
  }

  @Override
  public void forgetCrashes(String function, String namespace) {
    String path = CRASHES + ProviderHttp.encode(function);
    Answer answer = http.send("DELETE", path, at(namespace), null);
    if (!answer.is(404) && !answer.is(405)) { // providers of others keep none
      require(answer, "forget crashes", 204);
    }
  }

  @Override
  public List<String> secretNames(String namespace) {
    Answer answer = readList(SECRETS, namespace);
    return understood("list secrets", answer, () -> Wire.readList(answer.body(), Secret.class))
        .stream()
        .map(Secret::name)
        .toList();
  }

  @Override
  public void putSecret(Secret secret) {
    Map<String, String> at = at(Objects.requireNonNullElse(secret.namespace(), ""));
    Answer answer = http.send("PUT", SECRETS, at, secret);
    if (answer.is(404)) {
      answer = http.send("POST", SECRETS, at, secret);
    }
    require(answer, "store the secret '" + secret.name() + "'", 200, 201, 202, 204);
  }

  @Override
  public boolean deleteSecret(String name, String namespace) {
    Secret request = new Secret(name, namespace, null, null);
    Map<String, String> query = new LinkedHashMap<>(at(namespace));
    query.put("name", name);
    Answer answer = http.send("DELETE", SECRETS, query, request);
    if (answer.is(500) && !secretNames(namespace).contains(name)) {
      return false; // faasd says 500 of a secret that it does not have
    }
    return found(answer, "delete the secret '" + name + "'");
  }

  /** A gateway wraps its provider's answer, and says {@code null} when its provider is down. */
  @Override
  public ProviderInfo info() {
    Answer answer = http.send("GET", "/system/info", Map.of(), null);
    require(answer, "say which provider it is", 200);
    JsonNode info = understood("say which provider it is", answer, () -> Wire.tree(answer.body()));
    JsonNode inner = info.get("provider");
    if (inner == null || inner.isNull()) {
      throw new ProviderException(503, "The gateway answers, but the provider behind it does not");
    }
    return Wire.convert(inner.isObject() ? inner : info, ProviderInfo.class);
  }

  /**
   * What a gateway says of itself beside its answers, where editions differ; empty where it says
   * nothing.
   */
  public String servedBy() {
    return http.send("GET", "/system/info", Map.of(), null).servedBy();
  }

  @Override
  public boolean healthy() {
    try {
      return http.send("GET", "/healthz", Map.of(), null).is(200);
    } catch (ProviderException e) {
      return false;
    }
  }

  private Answer readList(String path, String namespace) {
    Answer answer = http.send("GET", path, at(namespace), null);
    require(answer, "answer " + path, 200, 202);
    return answer;
  }

  private static Map<String, String> at(String namespace) {
    return namespace.isEmpty() ? Map.of() : Map.of("namespace", namespace);
  }

  private static boolean found(Answer answer, String doing) {
    if (answer.is(404)) {
      return false;
    }
    require(answer, doing, 200, 201, 202, 204);
    return true;
  }

  private static void require(Answer answer, String doing, int... accepted) {
    if (!answer.is(accepted)) {
      throw ProviderHttp.refused(doing, answer.status(), answer.body());
    }
  }

  private static <T> T understood(String doing, Answer answer, Supplier<T> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      throw ProviderHttp.refused(
          doing, answer.status(), "its answer is not JSON of this API: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
