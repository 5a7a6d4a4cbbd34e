package lmnop.controlplane.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.builds.Rebuilds;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.domains.Domains;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.repositories.RepositoryBrowser;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.state.HealthWatch;
import lmnop.controlplane.templates.Templates;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.SameOrigin;
import lmnop.controlplane.web.Streams;
import lmnop.controlplane.web.WebFeature;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The REST API: all that it answers, in one list. */
public final class Api implements WebFeature {
  /** Where it begins. */
  public static final String ROOT = "/api/v1";

  private static final String FUNCTION = "/functions/{owner}/{function}";
  private static final String BUILD = "/builds/{build}";
  private static final String OWNER = "/owners/{owner}";

  private final Overview overview;
  private final Once once;
  private final Answer description = Answer.ok(description("openapi.yaml"));
  private final FunctionOperations functions;
  private final TrafficOperations traffic;
  private final DomainOperations domains;
  private final BuildOperations builds;
  private final LiveOperations live;
  private final AuditOperations audit;
  private final OwnerOperations owners;
  private final SecretOperations secrets;
  private final TokenOperations tokens;
  private final PlatformOperations platform;
  private final UserOperations users;
  private final AccountOperations account;
  private final RepositoryOperations repositories;

  /**
   * The facades that it is made of.
   *
   * @param crossing for what blocks and ends soon
   * @param streams for answers that go on; each takes a place while it does
   */
  public record Needs(
      Database database,
      Accounts accounts,
      Sessions sessions,
      RepositoryBrowser repositories,
      Overview overview,
      Revisions revisions,
      ReleaseHistory releases,
      BuildRecords builds,
      Rebuilds rebuilds,
      Crashes crashes,
      Deletions deletions,
      Domains domains,
      Scaling scaling,
      FunctionLogs logs,
      Templates templates,
      Routers routers,
      Usage usage,
      Secrets secrets,
      ApiTokens tokens,
      InvokeTokens invokeTokens,
      HealthWatch health,
      Pace pace,
      Crossing crossing,
      Crossing streams) {}

  public Api(Needs needs) {
    Streams streams = new Streams(needs.streams(), Failures::translated);
    this.overview = needs.overview();
    this.once = new Once(needs.database());
    Watching watching = new Watching(streams, needs.pace());
    this.functions = new FunctionOperations(needs, watching);
    this.traffic = new TrafficOperations(needs, once);
    this.domains = new DomainOperations(needs, once);
    this.builds = new BuildOperations(needs, once, streams, watching);
    this.live = new LiveOperations(needs, streams, watching);
    this.audit = new AuditOperations(needs, streams);
    this.owners = new OwnerOperations(needs);
    this.secrets = new SecretOperations(needs);
    this.tokens = new TokenOperations(needs);
    this.platform = new PlatformOperations(needs, watching);
    this.users = new UserOperations(needs);
    this.account = new AccountOperations(needs);
    this.repositories = new RepositoryOperations(needs);
  }

  private static Object description(String file) {
    try (InputStream in = new ClassPathResource("lmnop/api/" + file).getInputStream()) {
      return new Load(LoadSettings.builder().setLabel(file).build()).loadFromInputStream(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<Route> routes() {
    return Stream.of(
            ofFunctions(),
            ofTraffic(),
            ofBuilds(),
            ofRepositories(),
            ofOwners(),
            ofPeople(),
            ofPlatform())
        .flatMap(List::stream)
        .toList();
  }

  private List<Route> ofFunctions() {
    Access caller = Access.api();
    Access reader = caller.reader();
    Access developer = caller.developer();
    return List.of(
        get("/functions", caller, functions::list),
        get("/functions/events", caller, functions::listEvents),
        get(FUNCTION, reader, known(functions::one)),
        get(FUNCTION + "/events", reader, known(live::events)),
        get(FUNCTION + "/logs", reader, known(live::logs)),
        get(FUNCTION + "/routes", reader, known(functions::routes)),
        get(FUNCTION + "/revisions", reader, known(functions::revisions)),
        get(FUNCTION + "/revisions/{number}", reader, known(functions::revision)),
        get(
            FUNCTION + "/revisions/{number}/configuration",
            reader,
            known(functions::configuration)),
        get(FUNCTION + "/revisions/{number}/changes", reader, known(functions::changes)),
        get(FUNCTION + "/usage", reader, known(functions::usage)),
        get(FUNCTION + "/releases", reader, known(functions::releases)),
        get(FUNCTION + "/releases/{number}", reader, known(functions::release)),
        get(FUNCTION + "/domains", reader, known(domains::list)),
        get(FUNCTION + "/domains/{host}", reader, known(domains::one)),
        by(HttpMethod.POST, FUNCTION + "/domains", developer, known(domains::add)),
        by(HttpMethod.POST, FUNCTION + "/domains/{host}/check", developer, known(domains::check)),
        by(HttpMethod.DELETE, FUNCTION + "/domains/{host}", developer, known(domains::remove)),
        get(FUNCTION + "/crashes", reader, known(functions::crashes)),
        get(FUNCTION + "/crashes/{number}", reader, known(functions::crash)));
  }

  private List<Route> ofTraffic() {
    Access developer = Access.api().developer();
    return List.of(
        by(
            HttpMethod.DELETE,
            FUNCTION,
            Access.api().owner(),
            request -> traffic.delete(request, NamedFunction.of(request))),
        by(HttpMethod.POST, FUNCTION + "/rollback", developer, known(traffic::rollBack)),
        by(HttpMethod.POST, FUNCTION + "/split", developer, known(traffic::split)),
        by(HttpMethod.POST, FUNCTION + "/promote", developer, known(traffic::promote)),
        by(HttpMethod.PUT, FUNCTION + "/scale", developer, known(traffic::scale)),
        by(HttpMethod.DELETE, FUNCTION + "/scale", developer, known(traffic::scaleByLoad)));
  }

  /** Which owner a build belongs to stands in its row; these look there, and ask then. */
  private List<Route> ofBuilds() {
    Access caller = Access.api();
    return List.of(
        get("/builds", caller, builds::list),
        get("/builds/events", caller, builds::listEvents),
        get(BUILD, caller, builds::one),
        get(BUILD + "/log", caller, builds::log),
        by(HttpMethod.POST, BUILD + "/cancel", caller, builds::cancel),
        by(HttpMethod.POST, BUILD + "/retry", caller, builds::retry));
  }

  private List<Route> ofOwners() {
    Access caller = Access.api();
    Access reader = caller.reader();
    Access developer = caller.developer();
    Access owner = caller.owner();
    String member = OWNER + "/members/{member}";
    String secret = OWNER + "/secrets/{secret}";
    return List.of(
        get("/owners", caller, owners::list),
        get(OWNER + "/members", reader, owners::members),
        get(member, reader, owners::member),
        by(HttpMethod.PUT, member, owner, owners::put),
        by(HttpMethod.DELETE, member, owner, owners::remove),
        get(OWNER + "/secrets", reader, secrets::list),
        get(secret, reader, secrets::one),
        by(HttpMethod.PUT, secret, developer, secrets::put),
        by(HttpMethod.DELETE, secret, developer, secrets::remove),
        get(OWNER + "/tokens", reader, tokens::invokeTokens),
        by(HttpMethod.POST, OWNER + "/tokens", owner, tokens::addInvokeToken),
        by(HttpMethod.DELETE, OWNER + "/tokens/{token}", owner, tokens::removeInvokeToken));
  }

  private List<Route> ofRepositories() {
    Access reader = Access.api().reader();
    String repository = "/repositories/{owner}/{repository}";
    return List.of(
        get("/repositories", Access.api(), repositories::list),
        get(repository, reader, repositories::one),
        get(repository + "/files", reader, repositories::files),
        get(repository + "/raw", reader, repositories::raw),
        get(repository + "/commits", reader, repositories::commits),
        get(repository + "/commits/{commit}", reader, repositories::commit),
        get(repository + "/branches", reader, repositories::refs),
        get(repository + "/archive.{ending}", reader, repositories::archive));
  }

  /** Whoever asks, and, for administrators, everybody who has an account. */
  private List<Route> ofPeople() {
    Access caller = Access.api();
    Access administrator = caller.administrator();
    String user = "/users/{user}";
    return List.of(
        get("/account", caller, account::show),
        by(HttpMethod.PUT, "/account/password", caller, account::changePassword),
        get("/account/sessions", caller, account::sessions),
        by(HttpMethod.DELETE, "/account/sessions/{session}", caller, account::endSession),
        get("/users", administrator, users::list),
        by(HttpMethod.POST, "/users", administrator, users::add),
        get(user, administrator, users::one),
        by(HttpMethod.PUT, user + "/password", administrator, users::changePassword),
        by(HttpMethod.DELETE, user, administrator, users::remove),
        get("/tokens", caller, tokens::list),
        by(HttpMethod.POST, "/tokens", caller, tokens::add),
        by(HttpMethod.DELETE, "/tokens/{token}", caller, tokens::remove));
  }

  private List<Route> ofPlatform() {
    Access caller = Access.api();
    return List.of(
        get("/openapi.json", caller, request -> description.sent()),
        get("/audit", caller, audit::list),
        get("/audit/export", caller, audit::export),
        get("/audit/export.csv", caller, audit::csv),
        get("/platform", caller, platform::platform),
        get("/platform/events", caller, platform::events),
        get("/platform/apps", caller.administrator(), platform::apps),
        get("/templates", caller, platform::templates),
        get("/explain", caller, platform::explain));
  }

  private static Route get(String path, Access access, HandlerFunction<ServerResponse> handler) {
    return by(HttpMethod.GET, path, access, handler);
  }

  private static Route by(
      HttpMethod method, String path, Access access, HandlerFunction<ServerResponse> handler) {
    return Route.by(
        method,
        ROOT + path,
        access,
        request -> {
          requireOwnPage(request);
          return handler.handle(request).onErrorMap(RuntimeException.class, Failures::translated);
        });
  }

  /** Only for functions that there are. */
  private HandlerFunction<ServerResponse> known(
      BiFunction<ServerRequest, NamedFunction, Mono<ServerResponse>> handler) {
    return request -> {
      NamedFunction named = NamedFunction.of(request);
      return overview
          .isThere(named.owner(), named.function())
          .filter(there -> there)
          .switchIfEmpty(Mono.error(() -> unknown(named)))
          .flatMap(there -> handler.apply(request, named));
    };
  }

  /** What is said where there is none, and where it is not theirs to see. */
  static Refusal unknown(NamedFunction named) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no function '%s' of %s, or it is not yours to see: GET %s/functions lists those that are."
            .formatted(named.function(), named.owner(), ROOT));
  }

  /** A browser shows the password whoever's page asks; programs do not say where they come from. */
  private static void requireOwnPage(ServerRequest request) {
    boolean page =
        request.headers().firstHeader("Sec-Fetch-Site") != null
            || request.headers().firstHeader(HttpHeaders.ORIGIN) != null;
    if (page && !request.method().equals(HttpMethod.GET)) {
      SameOrigin.require(request);
    }
  }

  /** Forgets what was answered long ago; a round of a loop. */
  public void forgetAnswers() {
    once.forget();
  }
}
