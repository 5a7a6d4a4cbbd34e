package lmnop.controlplane.accounts;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.controlplane.audit.Audit;
import lmnop.controlplane.web.Right;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Mono;

/** The SQL of accounts and memberships. */
final class AccountStore {
  private final Database database;
  private final Audit audit;

  AccountStore(Database database) {
    this.database = database;
    this.audit = new Audit(database);
  }

  Mono<Optional<Account>> find(String name) {
    return database
        .one(
            "SELECT id, name, password_hash, administrator, enabled FROM accounts"
                + " WHERE name = :name",
            Map.of("name", name),
            AccountStore::account)
        .map(Optional::of)
        .defaultIfEmpty(Optional.empty());
  }

  private static Account account(Row row) {
    return new Account(
        need(row, "id", Long.class),
        need(row, "name", String.class),
        need(row, "password_hash", String.class),
        need(row, "administrator", Boolean.class),
        need(row, "enabled", Boolean.class));
  }

  Mono<Boolean> isEmpty() {
    return database.one(
        "SELECT NOT EXISTS (SELECT FROM accounts) AS empty",
        Map.of(),
        row -> need(row, "empty", Boolean.class));
  }

  /** Creates the account and its owner, if nobody else did at the same moment. */
  Mono<Boolean> createFirst(String name, String passwordHash, OwnerName owner) {
    Mono<Long> account =
        database.change(
            "INSERT INTO accounts (name, password_hash, administrator)"
                + " VALUES (:name, :hash, true) ON CONFLICT DO NOTHING",
            Map.of("name", name, "hash", passwordHash));
    Mono<Long> ownerRow =
        database.change(
            "INSERT INTO owners (name) VALUES (:owner) ON CONFLICT DO NOTHING",
            Map.of("owner", owner.value()));
    Mono<Long> membership =
        database.change(
            "INSERT INTO memberships (account_id, owner_id, role)"
                + " SELECT a.id, o.id, 'owner' FROM accounts a, owners o"
                + " WHERE a.name = :name AND o.name = :owner ON CONFLICT DO NOTHING",
            Map.of("name", name, "owner", owner.value()));
    return database.inTransaction(
        account.flatMap(inserted ->
            inserted == 0
                ? Mono.just(false)
                : ownerRow
                    .then(membership)
                    .then(audit.done("platform", "account.created", name))
                    .thenReturn(true)));
  }

  /**
   * Stores another password, and ends every session of the account; refused where there is none.
   */
  Mono<Void> changePassword(String name, String hash, String by) {
    return database.inTransaction(
        database
            .one(
                "UPDATE accounts SET password_hash = :hash WHERE name = :name RETURNING id",
                Map.of("name", name, "hash", hash),
                row -> need(row, "id", Long.class))
            .switchIfEmpty(Mono.error(() -> Accounts.unknown(name)))
            .flatMap(id ->
                database.change("DELETE FROM sessions WHERE account_id = :id", Map.of("id", id)))
            .then(audit.done(by, "account.password-changed", name)));
  }

  /** All rights that the actor has at an owner, by one question. */
  Mono<Set<Right>> rights(Actor actor, OwnerName owner) {
    Map<String, Object> values = new HashMap<>(Map.of("owner", owner.value()));
    List<String> asked = new ArrayList<>();
    for (Right right : Right.values()) {
      actor.having(right).forEach((name, value) -> values.put(name + right.text(), value));
      asked.add(
          "EXISTS (SELECT FROM owners_of(:account%1$s, :roles%1$s, CAST(:only%1$s AS bigint)) WHERE owner = :owner) AS %1$s"
              .formatted(right.text()));
    }
    return database.one(
        "SELECT " + String.join(", ", asked),
        values,
        row ->
            Stream.of(Right.values())
                .filter(right -> need(row, right.text(), Boolean.class))
                .collect(Collectors.toUnmodifiableSet()));
  }

  /** Whether there is such an owner, and the actor has the right there. */
  Mono<Boolean> may(Actor actor, Right right, OwnerName owner) {
    Map<String, Object> values = new HashMap<>(actor.having(right));
    values.put("owner", owner.value());
    return database.one(
        "SELECT EXISTS (SELECT FROM " + Actor.OWNERS + " WHERE owner = :owner) AS may",
        values,
        row -> need(row, "may", Boolean.class));
  }
}
