package lmnop.controlplane.accounts;

import com.github.benmanes.caffeine.cache.Ticker;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import lmnop.controlplane.web.Right;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/** Accounts: who somebody is, and what they may do. */
public final class Accounts implements AutoCloseable {
  /** The account that is there from the first start on. */
  public static final String ADMINISTRATOR = "admin";

  private static final Logger log = LoggerFactory.getLogger(Accounts.class);
  private static final Duration START = Duration.ofSeconds(20);
  private static final Pattern PLAUSIBLE = Pattern.compile("[\\x21-\\x7e]{1,100}");

  private final Database database;
  private final SecureRandom random;
  private final AccountStore store;
  private final Passwords passwords;
  private final FailureThrottle throttle;

  public Accounts(Database database, SecureRandom random) {
    this(database, random, Ticker.systemTicker());
  }

  Accounts(Database database, SecureRandom random, Ticker ticker) {
    this.database = database;
    this.random = random;
    this.store = new AccountStore(database);
    this.passwords = new Passwords(random, ticker);
    this.throttle = new FailureThrottle(ticker);
  }

  /** Creates the first account and its owner where there is none; blocks. */
  public void createFirst(Path passwordFile) {
    if (!Boolean.TRUE.equals(store.isEmpty().block(START))) {
      return;
    }
    String password = new CredentialFile(passwordFile).read().value();
    Boolean created =
        passwords
            .hash(password)
            .flatMap(hash -> store.createFirst(ADMINISTRATOR, hash, OwnerName.DEFAULT))
            .block(START);
    if (Boolean.TRUE.equals(created)) {
      log.info("created the account '{}' with the password in {}", ADMINISTRATOR, passwordFile);
    }
  }

  /** The accounts as administrators manage them; they end with these, and are not to be closed. */
  public Users users() {
    return new Users(database, passwords, random);
  }

  /**
   * Who shows this name and password; nobody if they are wrong. A name that is not there takes as
   * long as one that is.
   *
   * @param client the address that asks, for which failures are counted
   */
  public Mono<Optional<Actor>> authenticate(String user, String password, String client) {
    if (!PLAUSIBLE.matcher(user).matches()) {
      return refuse(passwords.matchesNobody(password), client, "?");
    }
    return store
        .find(user)
        .flatMap(found -> {
          Account account = found.filter(Account::enabled).orElse(null);
          if (account != null && passwords.isRemembered(account, password)) {
            return Mono.just(Optional.of(account.actor()));
          }
          throttle.check(client, user);
          return account == null
              ? refuse(passwords.matchesNobody(password), client, user)
              : verify(account, password, client);
        });
  }

  /** An account whose user has been recognised by somebody who is trusted with that. */
  Mono<Actor> enabled(String user) {
    return store.find(user).flatMap(Mono::justOrEmpty).filter(Account::enabled).map(Account::actor);
  }

  private Mono<Optional<Actor>> verify(Account account, String password, String client) {
    return passwords
        .matches(account, password)
        .flatMap(right ->
            right
                ? Mono.just(Optional.of(account.actor()))
                : refuse(Mono.just(false), client, account.name()));
  }

  private Mono<Optional<Actor>> refuse(Mono<Boolean> work, String client, String user) {
    return work.map(wrong -> {
      throttle.failed(client, user);
      return Optional.empty();
    });
  }

  /** All that the actor may do at the owner; nothing where there is no such owner. */
  public Mono<Set<Right>> rights(Actor actor, OwnerName owner) {
    return store.rights(actor, owner);
  }

  /** Whether the actor has the right at the owner; false also where there is no such owner. */
  public Mono<Boolean> may(Actor actor, Right right, OwnerName owner) {
    return store.may(actor, right, owner);
  }

  /** The same for whoever makes a request. */
  public Mono<Void> changePassword(ServerRequest request, String old, String password) {
    return changePassword(Actor.of(request), old, password, Client.of(request));
  }

  /**
   * Gives an account the password that its user chose; the old one, and every session, ends now.
   *
   * @param old what has to be shown once more, so that nobody does this who found a browser open
   * @param client the address that asks, for which failures are counted
   */
  Mono<Void> changePassword(Actor actor, String old, String password, String client) {
    return authenticate(actor.name(), old, client)
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(Mono.error(() -> new Refused("The old password is wrong.")))
        .doOnNext(shown -> PasswordRule.check(password, actor.name()))
        .flatMap(shown -> passwords.hash(password))
        .flatMap(hash -> store.changePassword(actor.name(), hash, actor.name()));
  }

  /** What is said where there is no account of a name. */
  static Refused unknown(String name) {
    return new Refused("There is no user '%s': ./lmnop user list shows all.".formatted(name));
  }

  @Override
  public void close() {
    passwords.close();
  }
}
