package lmnop.controlplane.accounts;

import static lmnop.operations.database.Rows.need;

import com.github.benmanes.caffeine.cache.Ticker;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Mono;

/**
 * Accounts as an operator manages them on the machine, and administrators from elsewhere.
 * Everything here blocks.
 *
 * <p>An account is looked up on every request, so that what is changed here holds from the next
 * request on, remembered passwords included.
 */
public final class Users implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final Database database;
  private final AccountStore store;
  private final Audit audit;
  private final Passwords passwords;
  private final SecureRandom random;

  /** Manages the accounts of a database. */
  public Users(Database database, SecureRandom random) {
    this(database, new Passwords(random, Ticker.systemTicker()), random);
  }

  Users(Database database, Passwords passwords, SecureRandom random) {
    this.random = random;
    this.database = database;
    this.store = new AccountStore(database);
    this.audit = new Audit(database);
    this.passwords = passwords;
  }

  /** An account in the list, and what it is at owners. */
  public record User(String name, boolean administrator, List<Members.Membership> owners) {
    public User {
      owners = List.copyOf(owners);
    }
  }

  /** Makes an account, a member of the owner, who is made as well if there is none. */
  public void add(OwnerName name, OwnerName owner, Role role, String password, String by) {
    PasswordRule.check(password, name.value());
    String hash = hash(password);
    Mono<Void> adding =
        database
            .change(
                "INSERT INTO accounts (name, password_hash) VALUES (:name, :hash)"
                    + " ON CONFLICT DO NOTHING",
                Map.of("name", name.value(), "hash", hash))
            .filter(inserted -> inserted > 0)
            .switchIfEmpty(
                Mono.error(() ->
                    new Refused(
                        "There is a user '%s' already: ./lmnop user password %s gives it a new password."
                            .formatted(name, name))))
            .then(
                database.change(
                    "INSERT INTO owners (name) VALUES (:owner) ON CONFLICT DO NOTHING",
                    Map.of("owner", owner.value())))
            .then(
                database.change(
                    "INSERT INTO memberships (account_id, owner_id, role)"
                        + " SELECT a.id, o.id, :role FROM accounts a, owners o"
                        + " WHERE a.name = :name AND o.name = :owner",
                    Map.of("name", name.value(), "owner", owner.value(), "role", role.text())))
            .then(audit.done(by, "account.created", name.value()));
    run(adding);
  }

  /** All accounts by name. */
  public List<User> list() {
    return Objects.requireNonNull(
        database
            .all(
                "SELECT a.name, a.administrator,"
                    + " coalesce(array_agg(o.name || ' ' || m.role ORDER BY o.name)"
                    + " FILTER (WHERE o.id IS NOT NULL), '{}') AS owners"
                    + " FROM accounts a LEFT JOIN memberships m ON m.account_id = a.id"
                    + " LEFT JOIN owners o ON o.id = m.owner_id"
                    + " GROUP BY a.id ORDER BY a.name",
                Map.of(),
                row ->
                    new User(
                        need(row, "name", String.class),
                        need(row, "administrator", Boolean.class),
                        Stream.of(need(row, "owners", String[].class))
                            .map(Users::membership)
                            .toList()))
            .collectList()
            .block(ANSWER));
  }

  private static Members.Membership membership(String ownerAndRole) {
    String[] words = ownerAndRole.split(" ", 2); // no name has a space
    return new Members.Membership(words[0], words[1]);
  }

  /** One account; empty if there is none of this name. */
  public Optional<User> one(String name) {
    return list().stream().filter(user -> user.name().equals(name)).findFirst();
  }

  /**
   * Removes an account, its tokens, and wherever it is signed in; the owners that it belonged to,
   * and their functions, stay.
   */
  public void remove(String name, String by) {
    Mono<Void> removing =
        database
            // Two administrators who remove each other must not both succeed.
            .change("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE", Map.of())
            .then(isLastAdministrator(name))
            .filter(last -> !last)
            .switchIfEmpty(
                Mono.error(() ->
                    new Refused(
                        "'%s' is the last administrator, and nobody could manage this lmnop without one: it stays."
                            .formatted(name))))
            .flatMap(other ->
                database.change("DELETE FROM accounts WHERE name = :name", Map.of("name", name)))
            .filter(removed -> removed == 1)
            .switchIfEmpty(Mono.error(() -> Accounts.unknown(name)))
            .then(audit.done(by, "account.removed", name));
    run(removing);
  }

  private Mono<Boolean> isLastAdministrator(String name) {
    return database.one(
        "SELECT EXISTS (SELECT FROM accounts WHERE name = :name AND administrator)"
            + " AND NOT EXISTS (SELECT FROM accounts"
            + " WHERE name <> :name AND administrator AND enabled) AS last",
        Map.of("name", name),
        row -> need(row, "last", Boolean.class));
  }

  /** Gives an account another password; the old one, and every session, ends now. */
  public void changePassword(String name, String password, String by) {
    PasswordRule.check(password, name);
    store.changePassword(name, hash(password), by).block(ANSWER);
  }

  /** A password for somebody who chose none. */
  public String randomPassword() {
    return Token.random(random).value();
  }

  private String hash(String password) {
    return Objects.requireNonNull(passwords.hash(password).block(ANSWER));
  }

  private void run(Mono<Void> work) {
    database.inTransaction(work).block(ANSWER);
  }

  @Override
  public void close() {
    passwords.close();
  }
}
