package lmnop.controlplane.portal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.identities.Identities;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.operations.database.Database;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The pages: functions, one for each; owners; somebody's own account; the one to sign in. */
public final class Portal implements WebFeature {
  private static final CacheControl FOR_A_WHILE = CacheControl.maxAge(Duration.ofMinutes(5));
  private static final int MOST_FUNCTIONS = 1_000;

  private final Pages pages = new Pages();
  private final Overview functions;
  private final RevisionPages revisions;
  private final OwnerPages owners;
  private final AccountPages account;
  private final SignInPages signIn;
  private final IdentityPages identities;

  /** What the pages show and change. */
  public record Needs(
      Database database,
      FunctionUrls urls,
      Accounts accounts,
      Sessions sessions,
      ApiTokens apiTokens,
      InvokeTokens invokeTokens,
      Revisions revisions,
      Crashes crashes,
      Deletions deletions,
      Identities identities,
      Crossing crossing) {}

  public Portal(Needs needs) {
    Members members = new Members(needs.database());
    this.functions = new Overview(needs.database(), needs.urls());
    this.revisions =
        new RevisionPages(
            needs.accounts(),
            needs.revisions(),
            needs.urls(),
            new CrashLook(needs.crashes(), needs.crossing()),
            needs.deletions(),
            pages);
    this.owners = new OwnerPages(needs.accounts(), members, needs.invokeTokens(), pages);
    this.account =
        new AccountPages(
            needs.sessions(),
            needs.apiTokens(),
            members,
            !needs.identities().choices().isEmpty(),
            pages);
    this.signIn = new SignInPages(needs.sessions(), needs.identities(), pages);
    this.identities = new IdentityPages(needs.identities(), needs.sessions(), pages);
  }

  @Override
  public List<Route> routes() {
    return Stream.concat(own().stream(), identities.routes().stream()).toList();
  }

  private List<Route> own() {
    Access signedIn = Access.portal();
    Access reader = signedIn.reader();
    Access owner = signedIn.owner();
    String function = "/functions/{owner}/{function}";
    return List.of(
        Route.get("/", signedIn, this::functionList),
        Route.get(function, reader, revisions::show),
        Route.get(function + "/crashes/{number}", reader, revisions::crash),
        Route.post(function + "/rollback", signedIn.developer(), revisions::rollBack),
        Route.post(function + "/delete", owner, revisions::delete),
        Route.get("/owners/{owner}", reader, owners::show),
        Route.post("/owners/{owner}/members", owner, owners::putMember),
        Route.post("/owners/{owner}/members/remove", owner, owners::removeMember),
        Route.post("/owners/{owner}/tokens", owner, owners::addToken),
        Route.post("/owners/{owner}/tokens/remove", owner, owners::removeToken),
        Route.get(AccountPages.PAGE, signedIn, account::show),
        Route.post(AccountPages.PAGE + "/password", signedIn, account::changePassword),
        Route.post(AccountPages.PAGE + "/sessions/end", signedIn, account::endSession),
        Route.post(AccountPages.PAGE + "/tokens", signedIn, account::addToken),
        Route.post(AccountPages.PAGE + "/tokens/remove", signedIn, account::removeToken),
        Route.get(Gate.SIGN_IN, Access.signIn(), signIn::show),
        Route.post(Gate.SIGN_IN, Access.signIn(), signIn::signIn),
        Route.post("/sign-out", signedIn, signIn::signOut),
        Route.get("/assets/portal.css", Access.everybody(), request -> styles()),
        // The same in every installation; editors fetch them, which cannot sign in.
        Route.get("/schema/function.json", Access.everybody(), request -> schema("function.json")),
        Route.get("/schema/stack.json", Access.everybody(), request -> schema("stack.json")));
  }

  private Mono<ServerResponse> functionList(ServerRequest request) {
    String remote = request.uri().resolve("/scm/").toString();
    return functions
        .list(Actor.of(request), Overview.Wanted.ALL, Overview.After.NOTHING, MOST_FUNCTIONS)
        .flatMap(lines ->
            pages.show(request, "functions.jte", Map.of("functions", lines, "remote", remote)));
  }

  /** What editors check {@code function.yml} and {@code stack.yml} against. */
  private static Mono<ServerResponse> schema(String file) {
    return ServerResponse.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .cacheControl(FOR_A_WHILE)
        .header("Access-Control-Allow-Origin", "*") // editors in browsers
        .bodyValue(new ClassPathResource("lmnop/schema/" + file));
  }

  private static Mono<ServerResponse> styles() {
    return ServerResponse.ok()
        .contentType(MediaType.valueOf("text/css"))
        .cacheControl(FOR_A_WHILE)
        .bodyValue(new ClassPathResource("lmnop/portal/portal.css"));
  }
}
