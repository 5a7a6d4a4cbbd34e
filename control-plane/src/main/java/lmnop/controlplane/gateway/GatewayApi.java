package lmnop.controlplane.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.git.NewRepositories;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Wire;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * The API of OpenFaaS's gateway: all that it answers, in one list. Errors are plain text, which its
 * clients show to their users.
 */
public final class GatewayApi implements WebFeature {
  private static final List<HttpMethod> METHODS =
      List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);

  private static final String NAMESPACE = "/system/namespace/{name}";

  private final Crossing crossing;
  private final FunctionProvider provider;
  private final FunctionCalls functions;
  private final SecretCalls secrets;
  private final PlatformCalls platform;
  private final LogCalls logs;

  /**
   * What it is made of.
   *
   * @param crossing for what blocks and ends soon
   * @param streams for logs that are followed; each takes a place while it is
   */
  public record Needs(
      Database database,
      Accounts accounts,
      Members members,
      Deployments deployments,
      Deletions deletions,
      Scaling scaling,
      NewRepositories repositories,
      FunctionLogs logs,
      Secrets secrets,
      Routers routers,
      FunctionProvider provider,
      Crossing crossing,
      Crossing streams) {}

  public GatewayApi(Needs needs) {
    Namespaces namespaces = new Namespaces(needs.accounts(), needs.members());
    this.crossing = needs.crossing();
    this.provider = needs.provider();
    this.functions = new FunctionCalls(needs, namespaces);
    this.secrets = new SecretCalls(needs, namespaces);
    this.platform = new PlatformCalls(needs, namespaces);
    this.logs = new LogCalls(needs, namespaces);
  }

  /** What is answered: JSON, or nothing but a status. */
  record Answer(int status, String json) {
    static Answer of(Object value) {
      return new Answer(200, Wire.write(value));
    }

    /** It was taken, and happens. */
    static Answer accepted() {
      return new Answer(202, "");
    }
  }

  /** What a request asks for; blocks. */
  @FunctionalInterface
  interface Work {
    Answer answer(GatewayCall call) throws InterruptedException;
  }

  @Override
  public List<Route> routes() {
    // What a push may do is open to whom a push is open to, deploy passwords included. Whose
    // functions a request is about stands in its body as often as in its query; each looks there.
    Access pusher = Access.git();
    Access caller = Access.api();
    List<Route> routes = new ArrayList<>();
    routes.add(get("/system/info", pusher, call -> platform.info()));
    routes.add(get("/system/namespaces", pusher, platform::namespaces));
    routes.add(get(NAMESPACE, pusher, platform::namespace));
    routes.add(get("/system/functions", pusher, functions::list));
    routes.add(by(HttpMethod.POST, "/system/functions", pusher, functions::create));
    routes.add(by(HttpMethod.PUT, "/system/functions", pusher, functions::update));
    routes.add(by(HttpMethod.DELETE, "/system/functions", caller, functions::delete));
    routes.add(get("/system/function/{name}", pusher, functions::one));
    routes.add(by(HttpMethod.POST, "/system/scale-function/{name}", caller, functions::scale));
    routes.add(get("/system/secrets", caller, secrets::list));
    routes.add(by(HttpMethod.POST, "/system/secrets", caller, secrets::create));
    routes.add(by(HttpMethod.PUT, "/system/secrets", caller, secrets::update));
    routes.add(by(HttpMethod.DELETE, "/system/secrets", caller, secrets::delete));
    routes.add(Route.get("/system/logs", caller, request -> forPrograms(request, logs::answer)));
    List<Route> all = new ArrayList<>(routes);
    METHODS.forEach(method ->
        all.add(Route.by(method, "/system/**", caller, request -> refused(request, routes))));
    METHODS.forEach(method ->
        all.add(Route.by(method, "/async-function/**", Access.everybody(), GatewayApi::notQueued)));
    all.add(Route.get("/healthz", Access.everybody(), this::health));
    return all;
  }

  /** Where OpenFaaS takes a call and answers later. */
  private static Mono<ServerResponse> notQueued(ServerRequest request) {
    return Mono.error(() ->
        new Refusal(
            HttpStatus.NOT_IMPLEMENTED,
            "Calls are not queued here, and nothing was done: call /function/NAME and wait for the answer, or have the function take the work and answer 202 itself."));
  }

  /** Of a path that is known, the methods that it does not take are answered 405. */
  private static Mono<ServerResponse> refused(ServerRequest request, List<Route> routes) {
    List<Route> ofPath = routes.stream().filter(route -> matches(route.path(), request)).toList();
    if (ofPath.isEmpty()) {
      return Mono.error(() ->
          new Refusal(
              HttpStatus.NOT_FOUND, "This is nothing that OpenFaaS has, or that is offered."));
    }
    String allowed =
        ofPath.stream().map(route -> route.method().name()).collect(Collectors.joining(", "));
    return Mono.error(() ->
        new Refusal(
            HttpStatus.METHOD_NOT_ALLOWED,
            "%s takes %s.%s"
                .formatted(ofPath.getFirst().path(), allowed, hint(ofPath.getFirst().path())),
            Map.of(HttpHeaders.ALLOW, allowed)));
  }

  /** A client that makes a namespace names it in the body, and asks for the path without a name. */
  private static boolean matches(String path, ServerRequest request) {
    return PathPatternParser.defaultInstance
            .parse(path)
            .matches(request.requestPath().pathWithinApplication())
        || (path.equals(NAMESPACE) && request.path().equals("/system/namespace/"));
  }

  private static String hint(String path) {
    return path.equals(NAMESPACE)
        ? " A namespace is an owner here, and comes with its first user: ./lmnop user add NAME --owner NAMESPACE."
        : "";
  }

  private Route get(String path, Access access, Work work) {
    return by(HttpMethod.GET, path, access, work);
  }

  private Route by(HttpMethod method, String path, Access access, Work work) {
    return Route.by(
        method,
        path,
        access,
        request ->
            forPrograms(
                request, call -> crossing.call(() -> work.answer(call)).flatMap(GatewayApi::sent)));
  }

  private static Mono<ServerResponse> forPrograms(
      ServerRequest request, Function<GatewayCall, Mono<ServerResponse>> handler) {
    requireProgram(request);
    return GatewayCall.of(request)
        .flatMap(handler)
        .onErrorMap(RuntimeException.class, GatewayApi::translated);
  }

  /**
   * Functions answer under the same host, so a page of theirs could ask here with the password that
   * a browser keeps for it: no page may.
   */
  private static void requireProgram(ServerRequest request) {
    if (request.headers().firstHeader("Sec-Fetch-Site") != null
        || request.headers().firstHeader(HttpHeaders.ORIGIN) != null) {
      throw new Refusal(
          HttpStatus.FORBIDDEN, "This API is for programs: in a browser use the portal.");
    }
  }

  private static Mono<ServerResponse> sent(Answer answer) {
    ServerResponse.BodyBuilder response = ServerResponse.status(answer.status());
    return answer.json().isEmpty()
        ? response.build()
        : response
            .contentType(MediaType.APPLICATION_JSON)
            .bodyValue(answer.json().getBytes(StandardCharsets.UTF_8));
  }

  static RuntimeException translated(RuntimeException failure) {
    return switch (failure) {
      case Refusal refusal ->
          new Refusal(refusal.status(), printable(refusal.words()), refusal.headers());
      case Refused refused ->
          new Refusal(HttpStatus.CONFLICT, printable(String.valueOf(refused.getMessage())));
      case ProviderException unable ->
          new Refusal(
              HttpStatus.SERVICE_UNAVAILABLE,
              printable("The provider does not do this now: %s.".formatted(unable.getMessage())),
              Map.of(HttpHeaders.RETRY_AFTER, "5"));
      default -> failure;
    };
  }

  /** Clients print what they are answered. */
  private static String printable(String words) {
    return words.replaceAll("\\p{Cc}", " ");
  }

  private Mono<ServerResponse> health(ServerRequest request) {
    return crossing
        .call(provider::healthy)
        .flatMap(healthy -> ServerResponse.status(healthy ? 200 : 503).build());
  }
}
