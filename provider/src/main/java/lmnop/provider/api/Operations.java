package lmnop.provider.api;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lmnop.provider.api.Access.Caller;
import lmnop.provider.api.ProviderApi.Operation;
import lmnop.providerapi.Crash;
import lmnop.providerapi.DeleteRequest;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderInfo;
import lmnop.providerapi.ScaleRequest;
import lmnop.providerapi.Secret;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;

/** Every operation of the provider API, on any engine. */
final class Operations {
  /** How often a silent stream sends an empty line, so that a caller who left is noticed. */
  private static final Duration PULSE = Duration.ofSeconds(5);

  private final Engine engine;
  private final Alerts alerts;
  private final String release;

  Operations(Engine engine, Serving serving, ScaledBy by, String release) {
    this.engine = engine;
    this.alerts = new Alerts(engine, serving, by);
    this.release = release;
  }

  List<Operation> list() {
    List<Operation> list = new ArrayList<>();
    list.add(open("GET", "/healthz", this::health));
    list.add(open("HEAD", "/healthz", this::health));
    list.add(operation("GET", "/system/info", this::info));
    list.add(operation("GET", "/system/functions", this::functions));
    list.add(operation("POST", "/system/functions", this::create));
    list.add(operation("PUT", "/system/functions", this::update));
    list.add(operation("DELETE", "/system/functions", this::delete));
    list.add(operation("GET", "/system/function/{name}", this::function));
    list.add(
        new Operation("POST", "/system/scale-function/{name}", false, Caller.WAKER, this::scale));
    list.add(new Operation("POST", "/system/alert", false, Caller.ALERTMANAGER, this::alert));
    list.add(operation("GET", "/system/logs", this::logs));
    list.add(operation("GET", "/lmnop/crashes/{name}", this::crashes));
    list.add(operation("DELETE", "/lmnop/crashes/{name}", this::forgetCrashes));
    list.add(operation("GET", "/system/secrets", this::secrets));
    list.add(operation("POST", "/system/secrets", this::createSecret));
    list.add(operation("PUT", "/system/secrets", this::updateSecret));
    list.add(operation("DELETE", "/system/secrets", this::deleteSecret));
    list.addAll(new NamespaceOperations(engine).list());
    return list;
  }

  static Operation operation(String method, String path, Operation.Handler handler) {
    return new Operation(method, path, false, null, handler);
  }

  private static Operation open(String method, String path, Operation.Handler handler) {
    return new Operation(method, path, true, null, handler);
  }

  private void health(Call call) throws IOException {
    call.empty(engine.ready() ? 200 : 503);
  }

  private void info(Call call) throws IOException {
    call.json(
        200,
        new ProviderInfo(
            "lmnop", new ProviderInfo.Version("", "", release), engine.orchestration()));
  }

  private void functions(Call call) throws IOException {
    call.json(200, engine.list(call.namespace(null)));
  }

  private void function(Call call) throws IOException {
    String namespace = call.namespace(null);
    FunctionStatus status =
        engine
            .status(call.name(), namespace)
            .orElseThrow(() -> Refused.notFound("function", call.name(), namespace));
    call.json(200, status);
  }

  /** A name that is there is replaced: whoever deploys the same again need not look first. */
  private void create(Call call) throws IOException {
    engine.deploy(deployment(call));
    call.empty(202);
  }

  private void update(Call call) throws IOException {
    FunctionDeployment deployment = deployment(call);
    String namespace = call.namespace(deployment.namespace());
    if (engine.status(deployment.service(), namespace).isEmpty()) {
      throw Refused.notFound("function", deployment.service(), namespace);
    }
    engine.deploy(deployment);
    call.empty(202);
  }

  private static FunctionDeployment deployment(Call call) throws IOException {
    FunctionDeployment sent = call.body(FunctionDeployment.class);
    return Deployments.checked(sent, call.namespace(sent.namespace()));
  }

  private void delete(Call call) throws IOException {
    DeleteRequest request = call.body(DeleteRequest.class);
    String name = Deployments.required(request.functionName(), "functionName");
    String namespace = call.namespace(request.namespace());
    if (!engine.delete(name, namespace)) {
      throw Refused.notFound("function", name, namespace);
    }
    call.empty(202);
  }

  private void scale(Call call) throws IOException {
    ScaleRequest request = call.body(ScaleRequest.class);
    String namespace = call.namespace(request.namespace());
    boolean found =
        call.caller() == Caller.OPERATOR
            ? scale(call.name(), namespace, request.replicas())
            : wake(call.name(), namespace, request.replicas());
    if (!found) {
      throw Refused.notFound("function", call.name(), namespace);
    }
    call.empty(202);
  }

  private boolean scale(String name, String namespace, int replicas) {
    Scale.require(replicas);
    return engine.scale(name, namespace, replicas);
  }

  /** A second waker that comes too late changes nothing, and need not know. */
  private boolean wake(String name, String namespace, int replicas) {
    Optional<FunctionStatus> status = engine.status(name, namespace);
    if (status.isEmpty()) {
      return false;
    }
    int allowed = Scale.of(status.get().labels()).whenWoken();
    if (replicas < 1 || replicas > allowed) {
      throw new Refused(
          403,
          "The user 'waker' may raise '%s' from 0 to %d, not to %d"
              .formatted(name, allowed, replicas));
    }
    return engine.wake(name, namespace);
  }

  private void alert(Call call) throws IOException {
    List<String> failures = alerts.apply(call.body(Alerts.Message.class));
    if (!failures.isEmpty()) {
      throw new Refused(500, String.join("\n", failures));
    }
    call.empty(200);
  }

  private void logs(Call call) throws IOException, InterruptedException {
    LogRequest request = logRequest(call);
    try (LogReader reader = engine.logs(request)) {
      call.exchange().getResponseHeaders().set("Content-Type", "application/x-ndjson");
      call.exchange().sendResponseHeaders(200, 0);
      try (OutputStream out = call.exchange().getResponseBody()) {
        copy(reader, out);
      }
    }
  }

  private static void copy(LogReader reader, OutputStream out)
      throws IOException, InterruptedException {
    Optional<List<LogLine>> lines = reader.next(PULSE);
    while (lines.isPresent()) {
      for (LogLine line : lines.get()) {
        out.write(ProviderApi.line(Wire.write(line)));
      }
      if (lines.get().isEmpty()) {
        out.write('\n');
      }
      out.flush();
      lines = reader.next(PULSE);
    }
  }

  /** All of a function without their lines, or one with them. It is no part of OpenFaaS's API. */
  private void crashes(Call call) throws IOException {
    List<Crash> all = engine.crashes(call.name(), call.namespace(null));
    String number = call.query("number");
    if (number.isEmpty()) {
      call.json(200, all.stream().map(Crash::withoutLines).toList());
    } else {
      call.json(
          200,
          all.stream()
              .filter(crash -> number.equals(String.valueOf(crash.number())))
              .findFirst()
              .orElseThrow(() ->
                  new Refused(404, "The function has no crash number '%s'".formatted(number))));
    }
  }

  private void forgetCrashes(Call call) throws IOException {
    engine.forgetCrashes(call.name(), call.namespace(null));
    call.empty(204);
  }

  private static LogRequest logRequest(Call call) {
    String instance = call.query("instance");
    return new LogRequest(
        Deployments.required(call.query("name"), "name"),
        call.namespace(null),
        instance.isEmpty() ? null : instance,
        tail(call.query("tail")),
        isTrue(call.query("follow")),
        since(call.query("since")));
  }

  private static boolean isTrue(String text) {
    return text.equals("1") || text.equalsIgnoreCase("true") || text.equalsIgnoreCase("t");
  }

  private static int tail(String text) {
    try {
      return text.isEmpty() ? -1 : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Refused(
          422, "could not parse the log request: tail is '" + text + "', a number is expected");
    }
  }

  private static @Nullable Instant since(String text) {
    try {
      return text.isEmpty() ? null : java.time.OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw new Refused(
          422,
          "could not parse the log request: since is '%s', a time like 2026-01-31T12:00:00Z is"
                  .formatted(text)
              + " expected");
    }
  }

  private void secrets(Call call) throws IOException {
    String namespace = call.namespace(null);
    call.json(
        200,
        engine.secretNames(namespace).stream()
            .map(name -> new Secret(name, namespace, null, null))
            .toList());
  }

  private void createSecret(Call call) throws IOException {
    Secret secret = secret(call);
    if (!engine.createSecret(secret)) {
      throw new Refused(
          409, "There is a secret '%s' already; update it instead".formatted(secret.name()));
    }
    call.empty(202);
  }

  private void updateSecret(Call call) throws IOException {
    Secret secret = secret(call);
    if (!engine.updateSecret(secret)) {
      throw Refused.notFound("secret", secret.name(), call.namespace(secret.namespace()));
    }
    call.empty(202);
  }

  private static Secret secret(Call call) throws IOException {
    Secret sent = call.body(Secret.class);
    return Deployments.checked(sent, call.namespace(sent.namespace()));
  }

  /** The name comes in the body, or in the query, depending on who asks. */
  private void deleteSecret(Call call) throws IOException {
    Secret sent =
        call.hasBody() ? call.body(Secret.class) : new Secret(call.query("name"), null, null, null);
    String name = Deployments.required(sent.name(), "name");
    String namespace = call.namespace(sent.namespace());
    if (!engine.deleteSecret(name, namespace)) {
      throw Refused.notFound("secret", name, namespace);
    }
    call.empty(202);
  }
}
