package lmnop.controlplane.accounts;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.TokenCookie;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sessions of browsers, as rows, so that every control plane of a database knows them and the end
 * of one is its end everywhere. Of what the cookie holds only the SHA-256 is there.
 */
public final class Sessions {
  /** More of one account at once are not kept: the oldest go. */
  static final int MOST = 50;

  private static final TokenCookie COOKIE = new TokenCookie("lmnop-session");
  private static final int LONGEST_BROWSER = 200; // characters

  private static final String NOT_OVER =
      "sessions.used_at > now() - CAST(:idle AS interval)"
          + " AND sessions.created_at > now() - CAST(:lifetime AS interval)";

  private final Database database;
  private final SecureRandom random;
  private final SessionSettings settings;
  private final Accounts accounts;
  private final ProxySignIn proxy;

  public Sessions(
      Database database,
      SecureRandom random,
      SessionSettings settings,
      ProxySignInSettings proxy,
      Accounts accounts) {
    this.accounts = accounts;
    this.proxy = new ProxySignIn(proxy);
    this.database = database;
    this.random = random;
    this.settings = settings;
  }

  /**
   * A session in the list.
   *
   * @param client the address that signed in
   * @param browser what it said of itself
   */
  public record Listed(long id, String client, String browser, Instant createdAt, Instant usedAt) {}

  /**
   * Begins a session for whoever shows this name and password; for nobody if they are wrong. The
   * browser's old one ends: nobody goes on with a cookie that somebody else may have put there.
   *
   * @return the cookie that the answer has to set
   */
  public Mono<ResponseCookie> signIn(ServerRequest request, String user, String password) {
    return accounts
        .authenticate(user, password, Client.of(request))
        .flatMap(Mono::justOrEmpty)
        .flatMap(actor -> begin(request, actor.accountId()));
  }

  /**
   * Begins a session for somebody who has been recognised by somebody who is trusted with that.
   *
   * @return the cookie that the answer has to set
   */
  public Mono<ResponseCookie> signIn(ServerRequest request, long account) {
    return begin(request, account);
  }

  /**
   * Begins a session for whom a trusted proxy names; for nobody if there is no such proxy or no
   * such account.
   *
   * @return the cookie that the answer has to set
   */
  public Mono<ResponseCookie> signInByProxy(ServerRequest request) {
    return Mono.justOrEmpty(proxy.account(request))
        .flatMap(accounts::enabled)
        .flatMap(actor -> begin(request, actor.accountId()));
  }

  /**
   * Gives somebody the password that he chose. Every session of his ends, but this browser gets a
   * new one.
   *
   * @return the cookie that the answer has to set
   */
  public Mono<ResponseCookie> changePassword(ServerRequest request, String old, String password) {
    Actor actor = Actor.of(request);
    return accounts
        .changePassword(request, old, password)
        .then(Mono.defer(() -> begin(request, actor.accountId())));
  }

  private Mono<ResponseCookie> begin(ServerRequest request, long account) {
    Token token = Token.random(random);
    String browser =
        Optional.ofNullable(request.headers().firstHeader(HttpHeaders.USER_AGENT))
            .orElse("unknown");
    Mono<Long> insert =
        database.change(
            "INSERT INTO sessions (account_id, sha256, client, browser)"
                + " VALUES (:account, :sha256, :client, :browser)",
            Map.of(
                "account",
                account,
                "sha256",
                token.sha256(),
                "client",
                Client.inWords(request),
                "browser",
                browser.substring(0, Math.min(LONGEST_BROWSER, browser.length()))));
    return database.inTransaction(
        endShown(request)
            .then(insert)
            .then(removeOld(account))
            .thenReturn(COOKIE.holding(request, token).build()));
  }

  private Mono<Long> removeOld(long account) {
    Map<String, Object> values = new HashMap<>(times());
    values.put("account", account);
    return database.change(
        "DELETE FROM sessions WHERE NOT ("
            + NOT_OVER
            + ") OR id IN (SELECT id FROM sessions WHERE account_id = :account"
            + " ORDER BY id DESC OFFSET "
            + MOST
            + ")",
        values);
  }

  private Map<String, Object> times() {
    return Map.of("idle", settings.idle().toString(), "lifetime", settings.lifetime().toString());
  }

  /**
   * The session of which a browser shows the cookie; nobody's if it is over or the account is
   * disabled. When it was used is written once a minute at most.
   */
  Mono<Session> shown(ServerRequest request) {
    return Mono.justOrEmpty(COOKIE.of(request)).flatMap(this::find);
  }

  private Mono<Session> find(Token shown) {
    Map<String, Object> values = new HashMap<>(times());
    values.put("sha256", shown.sha256());
    return database.one(
        "WITH used AS (UPDATE sessions SET used_at = now() WHERE sha256 = :sha256"
            + " AND used_at < now() - interval '1 minute' AND "
            + NOT_OVER
            + ") SELECT sessions.id AS session, a.id, a.name, a.administrator"
            + " FROM sessions JOIN accounts a ON a.id = sessions.account_id"
            + " WHERE sessions.sha256 = :sha256 AND a.enabled AND "
            + NOT_OVER,
        values,
        row -> session(row, shown));
  }

  private static Session session(Row row, Token shown) {
    return new Session(
        need(row, "session", Long.class),
        new Actor(
            need(row, "id", Long.class),
            need(row, "name", String.class),
            need(row, "administrator", Boolean.class),
            Right.ADMIN,
            null,
            true),
        new Token(new Token("form " + shown.value()).sha256()));
  }

  /** Ends the session of this browser; returns the cookie that takes it away. */
  public Mono<ResponseCookie> end(ServerRequest request) {
    return endShown(request).thenReturn(COOKIE.none(request));
  }

  private Mono<Long> endShown(ServerRequest request) {
    return Mono.justOrEmpty(COOKIE.of(request))
        .flatMap(token ->
            database.change(
                "DELETE FROM sessions WHERE sha256 = :sha256", Map.of("sha256", token.sha256())));
  }

  /** An account's sessions, the one that was used last first. */
  public Flux<Listed> of(long account) {
    Map<String, Object> values = new HashMap<>(times());
    values.put("account", account);
    return database.all(
        "SELECT id, client, browser, created_at, used_at FROM sessions WHERE account_id = :account"
            + " AND "
            + NOT_OVER
            + " ORDER BY used_at DESC, id DESC",
        values,
        row ->
            new Listed(
                need(row, "id", Long.class),
                need(row, "client", String.class),
                need(row, "browser", String.class),
                need(row, "created_at", OffsetDateTime.class).toInstant(),
                need(row, "used_at", OffsetDateTime.class).toInstant()));
  }

  /** Ends one of an account's sessions, wherever it is; nothing if it has ended. */
  public Mono<Void> end(long account, long id) {
    return database
        .change(
            "DELETE FROM sessions WHERE account_id = :account AND id = :id",
            Map.of("account", account, "id", id))
        .then();
  }
}
