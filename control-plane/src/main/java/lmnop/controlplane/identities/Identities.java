package lmnop.controlplane.identities;

import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.audit.Audit;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.TokenCookie;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ResponseCookie;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * People whom providers know, and the accounts that they are linked to: by what the provider calls
 * itself and calls them, and by nothing else.
 */
public final class Identities {
  private static final Logger log = LoggerFactory.getLogger(Identities.class);

  /** Binds a sign-in to the browser that began it. */
  private static final TokenCookie COOKIE = new TokenCookie("lmnop-sign-in");

  private static final Duration COOKIE_TIME = Duration.ofMinutes(10);
  private static final Pattern STATE = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final int LONGEST_CODE = 4096; // characters
  private static final int LONGEST_NAME = 37; // characters, so that a number fits behind it
  private static final int NUMBERS = 20;
  private static final String BACK = "/sign-in/back/";

  /** A provider, with what is said of it in the settings. */
  private record Way(String name, String label, boolean createsAccounts, IdentityProvider asked) {}

  /** A provider as people choose it. */
  public record Choice(String name, String label) {}

  /** An account's identity, as people read it. */
  public record Linked(String issuer, String name, String since) {}

  /** Where a browser is led to, and with which cookie. */
  public record Leading(URI to, ResponseCookie cookie) {}

  /**
   * Who came back.
   *
   * @param account whose session begins; null if an identity was linked
   * @param next where he wanted to go
   * @param cookie takes away what bound the sign-in to the browser
   */
  public record Arrived(@Nullable Long account, String next, ResponseCookie cookie) {}

  /** Nobody is signed in. */
  public static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Failure failure;

    Failed(Failure failure) {
      super(failure.words(), null, false, false);
      this.failure = failure;
    }

    public Failure failure() {
      return failure;
    }
  }

  private final Database database;
  private final IdentityStore store;
  private final Audit audit;
  private final SecureRandom random;
  private final Crossing crossing;
  private final URI portal;
  private final Map<String, Way> ways = new TreeMap<>();

  /**
   * Those of a platform.
   *
   * @param portal where browsers reach it, and are led back to
   */
  public Identities(
      Database database,
      Map<String, ProviderSettings> providers,
      URI portal,
      SecureRandom random,
      InstantSource clock,
      Crossing crossing) {
    this.database = database;
    this.store = new IdentityStore(database);
    this.audit = new Audit(database);
    this.random = random;
    this.crossing = crossing;
    this.portal = portal;
    ProviderHttp http = new ProviderHttp();
    providers.forEach((name, one) -> ways.put(name, way(name, one, http, clock)));
  }

  private static Way way(
      String name, ProviderSettings one, ProviderHttp http, InstantSource clock) {
    String secret = new CredentialFile(one.clientSecretFile()).read().value();
    URI issuer = one.issuer();
    IdentityProvider asked =
        one.kind() == ProviderSettings.Kind.GITHUB || issuer == null
            ? new GitHubProvider(issuer, one.api(), one.clientId(), secret, http)
            : new OidcProvider(issuer, one.clientId(), secret, http, clock);
    String label = one.label();
    return new Way(name, label == null ? name : label, one.createAccounts(), asked);
  }

  /** The providers that somebody may choose of. */
  public List<Choice> choices() {
    return ways.values().stream().map(way -> new Choice(way.name(), way.label())).toList();
  }

  /**
   * Leads a browser to a provider.
   *
   * @param next where it shall be led in the end; a path of this host
   * @param account to which the identity is to be linked; null to sign in
   */
  public Mono<Leading> begin(
      ServerRequest request, String provider, String next, @Nullable Long account) {
    Way way = way(provider);
    Attempt attempt = new Attempt(token(), token(), token());
    Token browser = Token.random(random);
    return crossing
        .call(() -> asked(() -> way.asked().entrance(attempt, back(way))))
        .flatMap(entrance ->
            store
                .leave(provider, attempt, browser, next, account)
                .switchIfEmpty(Mono.error(() -> new Failed(Failure.FULL)))
                .thenReturn(
                    new Leading(
                        entrance, COOKIE.holding(request, browser).maxAge(COOKIE_TIME).build())));
  }

  private String token() {
    return Token.random(random).value();
  }

  private URI back(Way way) {
    return portal.resolve(BACK + way.name());
  }

  private Way way(String provider) {
    Way way = ways.get(provider);
    if (way == null) {
      throw new Failed(Failure.EXPIRED);
    }
    return way;
  }

  /** Asks a provider; what it says in the log is for the operator. */
  private interface Asking<T> {
    T ask() throws IOException, InterruptedException, NotProven;
  }

  private static <T> T asked(Asking<T> asking) throws InterruptedException {
    try {
      return asking.ask();
    } catch (IOException e) {
      log.warn("a provider of identities does not answer: {}", e.getMessage());
      throw new Failed(Failure.AWAY);
    } catch (NotProven e) {
      log.warn("what a provider of identities says proves nothing: {}", e.getMessage());
      throw new Failed(Failure.PROVIDER);
    }
  }

  /** Takes a browser that a provider led back. */
  public Mono<Arrived> end(ServerRequest request, String provider) {
    Way way = way(provider);
    String state = request.queryParam("state").filter(STATE.asMatchPredicate()).orElse("");
    return Mono.justOrEmpty(COOKIE.of(request))
        .filter(browser -> !state.isEmpty())
        .flatMap(browser -> store.comeBack(provider, state, browser))
        .switchIfEmpty(Mono.error(() -> new Failed(Failure.EXPIRED)))
        .flatMap(returned ->
            identity(request, way, returned)
                .flatMap(identity -> arrive(way, identity, returned))
                .map(account ->
                    new Arrived(
                        returned.account() == null ? account : null,
                        returned.next(),
                        COOKIE.none(request))));
  }

  private Mono<Identity> identity(ServerRequest request, Way way, IdentityStore.Returned returned) {
    String code = request.queryParam("code").orElse("");
    boolean another =
        request.queryParam("iss").filter(said -> !said.equals(way.asked().issuer())).isPresent();
    if (another) {
      return Mono.error(new Failed(Failure.PROVIDER)); // an answer of one provider for another's
    }
    if (code.isEmpty() || code.length() > LONGEST_CODE) {
      return Mono.error(new Failed(Failure.DENIED));
    }
    return crossing.call(
        () -> asked(() -> way.asked().identity(code, returned.attempt(), back(way))));
  }

  private Mono<Long> arrive(Way way, Identity identity, IdentityStore.Returned returned) {
    Long account = returned.account();
    return database.inTransaction(
        store
            .linked(identity)
            .flatMap(linked -> allowed(linked, account))
            .switchIfEmpty(
                Mono.defer(() ->
                    account == null ? create(way, identity) : link(identity, account, "account"))));
  }

  private static Mono<Long> allowed(IdentityStore.Linked linked, @Nullable Long account) {
    if (account != null && account != linked.account()) {
      return Mono.error(new Failed(Failure.TAKEN));
    }
    return linked.enabled()
        ? Mono.just(linked.account())
        : Mono.error(new Failed(Failure.DISABLED));
  }

  private Mono<Long> create(Way way, Identity identity) {
    if (!way.createsAccounts()) {
      return Mono.error(new Failed(Failure.UNKNOWN));
    }
    return Flux.range(1, NUMBERS)
        .map(number -> number == 1 ? named(identity) : named(identity) + "-" + number)
        .concatMap(name ->
            store
                .createAccount(name)
                .flatMap(account ->
                    audit
                        .done(way.name(), "account.created", name)
                        .then(link(identity, account, name))))
        .next()
        .switchIfEmpty(Mono.error(() -> new Failed(Failure.PROVIDER)));
  }

  private Mono<Long> link(Identity identity, long account, String subject) {
    return store
        .link(identity, account)
        .filter(linked -> linked == 1)
        .switchIfEmpty(Mono.error(() -> new Failed(Failure.TAKEN)))
        .then(
            audit.done(
                identity.issuer(),
                "identity.linked",
                subject,
                Map.of("account", account, "subject", identity.subject())))
        .thenReturn(account);
  }

  /** A name that an account can have, as much like the one elsewhere as can be. */
  private static String named(Identity identity) {
    String name =
        identity
            .name()
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-+|-+$", "");
    name = name.substring(0, Math.min(LONGEST_NAME, name.length())).replaceAll("-+$", "");
    try {
      return new OwnerName(name).value();
    } catch (InvalidName e) {
      return "user";
    }
  }

  /** What an account is linked to. */
  public Mono<List<Linked>> of(long account) {
    return store
        .of(account)
        .map(known ->
            new Linked(
                known.issuer(),
                known.name(),
                known.linkedAt().truncatedTo(ChronoUnit.MINUTES).toString()))
        .collectList();
  }

  /** Takes an identity away from an account; nobody signs in with it from then on. */
  public Mono<Void> unlink(long account, String issuer, String by) {
    return database.inTransaction(
        store
            .unlink(account, issuer)
            .filter(removed -> removed > 0)
            .switchIfEmpty(Mono.error(() -> new Refused("You have no identity there.")))
            .then(audit.done(by, "identity.unlinked", by, Map.of("issuer", issuer))));
  }
}
