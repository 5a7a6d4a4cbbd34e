package lmnop.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Scope;
import lmnop.controlplane.accounts.TestAccounts;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.portal.Browser;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;

/**
 * Every route of a listener, asked by everybody there may be: who is let in, compared with what the
 * route's declaration says. A route that is added is in it without anybody's doing.
 */
public final class AccessMatrix implements AutoCloseable {
  /** Headers that every answer has. */
  public static final List<String> PROTECTION =
      List.of(
          "content-security-policy",
          "x-content-type-options",
          "referrer-policy",
          "cross-origin-opener-policy",
          "cross-origin-resource-policy",
          "cache-control");

  private static final String PASSWORD = "correct horse battery";
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** How somebody shows who they are. */
  private enum Proof {
    NOTHING,
    SESSION,
    PASSWORD,
    PASSWORD_FIELD, // a token as the password
    BEARER
  }

  /**
   * Somebody.
   *
   * @param role at the owner that requests name; null is none
   * @param scope of the token; null without one
   * @param shown what is shown; of a session, its cookie
   * @param counts whether it is worth anything at all
   */
  private record Caller(
      String name,
      Proof proof,
      @Nullable Role role,
      boolean administrator,
      @Nullable Scope scope,
      boolean atThisOwner,
      String shown,
      boolean counts) {}

  private final WebServer server;
  private final Database database;
  private final Users users;
  private final ApiTokens tokens;
  private final Map<String, Browser> sessions = new HashMap<>();
  private final List<Caller> callers = new ArrayList<>();
  private final List<String> surprises = new ArrayList<>();
  private int admitted;
  private int unprotected;
  private int refused;

  public AccessMatrix(WebServer server, TestDatabase postgres) {
    this.server = server;
    this.database = postgres.as("lmnop_control");
    this.users = TestAccounts.of(database);
    this.tokens = new ApiTokens(database, new SecureRandom());
    accounts(postgres);
    addTokens();
    postgres.execute(
        """
        UPDATE lmnop.credentials SET expires_at = now() - interval '1 second' WHERE name = 'expired';
        UPDATE lmnop.accounts SET enabled = false WHERE name = 'm-disabled';
        """);
    askEverything();
  }

  private void accounts(TestDatabase postgres) {
    OwnerName matrix = new OwnerName("matrix");
    for (Role role : Role.values()) {
      users.add(new OwnerName("m-" + role.text()), matrix, role, PASSWORD, "test");
    }
    users.add(new OwnerName("m-disabled"), matrix, Role.OWNER, PASSWORD, "test");
    users.add(new OwnerName("m-tenant"), new OwnerName("m-tenant"), Role.OWNER, PASSWORD, "test");
    users.add(new OwnerName("m-root"), new OwnerName("m-root"), Role.OWNER, PASSWORD, "test");
    postgres.execute("UPDATE lmnop.accounts SET administrator = true WHERE name = 'm-root'");
    new Members(database)
        .put(new OwnerName("m-tenant"), "m-owner", Role.OWNER, "test")
        .block(ANSWER);
    add("nobody", Proof.NOTHING, null, "", false);
    for (Proof proof : List.of(Proof.SESSION, Proof.PASSWORD)) {
      for (Role role : Role.values()) {
        add("m-" + role.text(), proof, role, PASSWORD, true);
      }
      add("m-tenant", proof, null, PASSWORD, true);
      add("m-root", proof, null, PASSWORD, true);
      add("m-disabled", proof, Role.OWNER, PASSWORD, false);
      add("m-owner", proof, Role.OWNER, "wrong", false);
    }
  }

  private void add(String name, Proof proof, @Nullable Role role, String shown, boolean counts) {
    String held =
        proof == Proof.SESSION
            ? (counts ? "" : "x".repeat(43)) // those who may, sign in
            : shown;
    callers.add(new Caller(name, proof, role, name.equals("m-root"), null, true, held, counts));
  }

  private void addTokens() {
    for (Scope scope : Scope.values()) {
      addToken("m-owner", Role.OWNER, scope, scope.text(), null, true);
      addToken("m-root", null, scope, scope.text(), null, true);
    }
    addToken("m-viewer", Role.VIEWER, Scope.ADMIN, "all", null, true);
    addToken("m-tenant", null, Scope.ADMIN, "all", null, true);
    addToken("m-owner", Role.OWNER, Scope.ADMIN, "here", "matrix", true);
    addToken("m-owner", Role.OWNER, Scope.ADMIN, "elsewhere", "m-tenant", true);
    addToken("m-root", null, Scope.ADMIN, "elsewhere", "m-tenant", true);
    addToken("m-owner", Role.OWNER, Scope.ADMIN, "expired", null, false);
    addToken("m-owner", Role.OWNER, Scope.ADMIN, "revoked", null, false);
    tokens.remove("m-owner", "revoked", "test").block(ANSWER);
    addToken("m-disabled", Role.OWNER, Scope.ADMIN, "all", null, false);
  }

  private void addToken(
      String account,
      @Nullable Role role,
      Scope scope,
      String name,
      @Nullable String owner,
      boolean counts) {
    OwnerName only = owner == null ? null : new OwnerName(owner);
    String token =
        Objects.requireNonNull(
                tokens
                    .add(new ApiTokens.Wanted(account, name, scope, only, null), "test")
                    .block(ANSWER))
            .value();
    boolean here = owner == null || owner.equals("matrix");
    for (Proof proof : List.of(Proof.BEARER, Proof.PASSWORD_FIELD, Proof.SESSION)) {
      callers.add(
          new Caller(
              account + " " + name,
              proof,
              role,
              account.equals("m-root"),
              scope,
              here && (owner == null || !account.equals("m-root")),
              token,
              counts && proof != Proof.SESSION));
    }
  }

  private void askEverything() {
    for (Route route : server.routes()) {
      for (Caller caller : callers) {
        boolean expected = isDeclaredFor(route.access(), caller);
        String asked = "%s by %s of %s".formatted(route, caller.proof(), caller.name());
        try {
          compare(route, asked, ask(route, caller), expected);
        } catch (UncheckedIOException e) {
          surprises.add(asked + ": " + e.getMessage());
        }
      }
    }
  }

  private void compare(Route route, String asked, HttpResponse<String> answer, boolean expected) {
    if (!answer.headers().map().keySet().containsAll(PROTECTION)) {
      unprotected++;
      surprises.add(asked + ": not protected: " + answer.headers().map().keySet());
    }
    boolean in = wasLetIn(answer);
    boolean says = route.path().equals("/healthz") || route.path().startsWith("/async-function/");
    boolean broken = answer.statusCode() >= 500 && !says; // 503 and 501, and mean it
    if (in) {
      admitted++;
    } else {
      refused++;
    }
    if (in != expected || broken) {
      surprises.add(
          "%s: %d, expected %s: %s"
              .formatted(
                  asked,
                  answer.statusCode(),
                  expected ? "in" : "out",
                  answer.body().substring(0, Math.min(200, answer.body().length()))));
    }
  }

  /** What the declaration means, written down a second time. */
  private static boolean isDeclaredFor(Access access, Caller caller) {
    if (access.door() == Access.Door.TASK) {
      return false;
    }
    if (access.who() == Access.Who.EVERYBODY) {
      return true;
    }
    if (!caller.counts() || !isDoorFor(access.door(), caller)) {
      return false;
    }
    Right byToken =
        switch (caller.scope()) {
          case null -> Right.ADMIN;
          case PUSH, DEPLOY -> Right.DEPLOY;
          case READ -> Right.READ;
          case ADMIN -> Right.ADMIN;
        };
    boolean enough = byToken.compareTo(access.right()) >= 0;
    return switch (access.who()) {
      case EVERYBODY -> true;
      case ACCOUNT -> enough;
      case ADMINISTRATOR -> enough && caller.administrator() && caller.atThisOwner();
      case MEMBER ->
          enough
              && caller.atThisOwner()
              && (caller.administrator() || hasRole(caller.role(), access.right()));
    };
  }

  private static boolean hasRole(@Nullable Role role, Right right) {
    return switch (role) {
      case null -> false;
      case VIEWER -> right == Right.READ;
      case DEVELOPER -> right != Right.ADMIN;
      case OWNER -> true;
    };
  }

  private static boolean isDoorFor(Access.Door door, Caller caller) {
    return switch (door) {
      case PORTAL -> caller.proof() == Proof.SESSION;
      case GIT -> caller.proof() != Proof.SESSION && caller.proof() != Proof.NOTHING;
      case API ->
          caller.proof() != Proof.SESSION
              && caller.proof() != Proof.NOTHING
              && caller.scope() != Scope.PUSH;
      case ANY -> caller.proof() != Proof.NOTHING && caller.scope() != Scope.PUSH;
      default -> false;
    };
  }

  /** Whether the route answered, also where it found nothing or the form was empty. */
  private static boolean wasLetIn(HttpResponse<String> answer) {
    boolean led =
        answer.headers().firstValue("Location").filter(to -> to.startsWith("/sign-in?")).isPresent()
            || (answer.statusCode() == 303 && answer.body().isEmpty() && isSignIn(answer));
    return answer.statusCode() != 401
        && answer.statusCode() != 405 // a browser cannot ask by this method
        && answer.statusCode() != 429 // wrong passwords were too many
        && !led
        && !answer.body().contains("or you may not do this there")
        && !answer.body().contains("There is nothing at this address, or");
  }

  /**
   * A form of somebody without a session; whoever signs out is led there too, and loses a cookie.
   */
  private static boolean isSignIn(HttpResponse<String> answer) {
    return answer.headers().firstValue("Location").filter("/sign-in"::equals).isPresent()
        && answer.headers().firstValue("Set-Cookie").isEmpty();
  }

  private HttpResponse<String> ask(Route route, Caller caller) {
    String path = path(route);
    boolean form = route.method().equals(HttpMethod.POST);
    return switch (caller.proof()) {
      case NOTHING -> ask(new Browser(server.port()), form, path);
      case SESSION ->
          caller.shown().isEmpty()
              ? askSignedIn(caller.name(), form, path)
              : ask(new Browser(server.port()).holding(caller.shown()), form, path);
      default -> send(route, caller, path);
    };
  }

  private static HttpResponse<String> ask(Browser browser, boolean form, String path) {
    return form ? browser.post(path, Map.of()) : browser.get(path);
  }

  /** To sign in takes long, so a session is kept; what was asked before may have ended it. */
  private HttpResponse<String> askSignedIn(String name, boolean form, String path) {
    HttpResponse<String> answer = ask(sessions.computeIfAbsent(name, this::signedIn), form, path);
    Browser browser = Objects.requireNonNull(sessions.get(name));
    if (wasLetIn(answer) || browser.get("/account").statusCode() == 200) {
      return answer;
    }
    sessions.put(name, signedIn(name));
    return ask(Objects.requireNonNull(sessions.get(name)), form, path);
  }

  private Browser signedIn(String name) {
    return new Browser(server.port()).signedIn(name, PASSWORD);
  }

  private HttpResponse<String> send(Route route, Caller caller, String path) {
    String origin = "http://127.0.0.1:" + server.port();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(origin + path))
            .timeout(ANSWER)
            .header("Origin", origin)
            .header("Authorization", authorization(caller))
            .method(route.method().name(), BodyPublishers.noBody());
    try {
      return HTTP.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String authorization(Caller caller) {
    String account = caller.name().split(" ")[0];
    return caller.proof() == Proof.BEARER
        ? "Bearer " + caller.shown()
        : "Basic "
            + Base64.getEncoder()
                .encodeToString((account + ":" + caller.shown()).getBytes(StandardCharsets.UTF_8));
  }

  /** An address of the route. */
  private static String path(Route route) {
    if (route.path().equals("/scm/**")) {
      boolean pushes = route.access().right() == Right.DEPLOY;
      String service = pushes ? "git-receive-pack" : "git-upload-pack";
      return "/scm/matrix/nothing/"
          + (route.method().equals(HttpMethod.GET) ? "info/refs?service=" + service : service);
    }
    String path = route.path().replace("{owner}", "matrix").replaceAll("\\{\\w+}", "1");
    boolean goesOn = path.startsWith("/api/") && path.endsWith("/events");
    return goesOn ? path + "?nonsense=1" : path; // whoever is let in is told that this is nonsense
  }

  /** Who was let in, or not, against the declaration. */
  public List<String> surprises() {
    return surprises;
  }

  public int admitted() {
    return admitted;
  }

  /** How many answers lacked a header that protects whoever reads them. */
  public int unprotected() {
    return unprotected;
  }

  public int refused() {
    return refused;
  }

  @Override
  public void close() {
    users.close();
    database.close();
  }
}
