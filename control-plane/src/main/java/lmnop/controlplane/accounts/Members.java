package lmnop.controlplane.accounts;

import static lmnop.operations.database.Rows.need;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.audit.Audit;
import lmnop.controlplane.web.Right;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Who belongs to an owner, and as what. What is changed holds from the next request on. */
public final class Members {
  private static final String NONE = "none";

  private final Database database;
  private final Audit audit;

  public Members(Database database) {
    this.database = database;
    this.audit = new Audit(database);
  }

  /** A member of an owner. */
  public record Member(String name, String role) {}

  /** An owner, and what somebody is there. */
  public record Membership(String owner, String role) {}

  /** The members of an owner by name. */
  public Flux<Member> of(OwnerName owner) {
    return database.all(
        "SELECT a.name, m.role FROM memberships m JOIN accounts a ON a.id = m.account_id"
            + " JOIN owners o ON o.id = m.owner_id WHERE o.name = :owner ORDER BY a.name",
        Map.of("owner", owner.value()),
        row -> new Member(need(row, "name", String.class), need(row, "role", String.class)));
  }

  /** The owners that somebody sees, by name, with what they are there. */
  public Flux<Membership> ownersOf(Actor actor) {
    return database.all(
        "SELECT mine.owner, coalesce(m.role, 'administrator') AS role FROM "
            + Actor.OWNERS
            + " AS mine LEFT JOIN memberships m"
            + " ON m.owner_id = mine.owner_id AND m.account_id = :account ORDER BY mine.owner",
        actor.having(Right.READ),
        row -> new Membership(need(row, "owner", String.class), need(row, "role", String.class)));
  }

  /**
   * Whose audit somebody may read: that of the owners that they manage, or everything, which is
   * empty.
   */
  public Mono<Optional<List<String>>> audited(Actor actor) {
    return actor.mayEverything()
        ? Mono.just(Optional.empty())
        : database
            .all(
                "SELECT owner FROM " + Actor.OWNERS + " AS mine",
                actor.having(Right.ADMIN),
                row -> need(row, "owner", String.class))
            .collectList()
            .map(Optional::of);
  }

  /** Makes somebody a member, or gives a member another role. */
  public Mono<Void> put(OwnerName owner, String name, Role role, String by) {
    return change(
        owner,
        role(owner, name)
            .flatMap(before ->
                write(owner, name, role)
                    .flatMap(changed ->
                        audit
                            .changed(
                                by,
                                "member." + role.text(),
                                owner + "/" + name,
                                before,
                                role.text())
                            .thenReturn(changed))));
  }

  /** What somebody is at an owner, until the surrounding transaction ends; empty if nothing. */
  public Mono<String> lockedRole(OwnerName owner, String name) {
    return lock(owner).then(role(owner, name)).filter(role -> !role.equals(NONE));
  }

  private Mono<Long> lock(OwnerName owner) {
    return database.change(
        "SELECT FROM owners WHERE name = :owner FOR UPDATE", Map.of("owner", owner.value()));
  }

  /** What somebody is at an owner, in a word. */
  private Mono<String> role(OwnerName owner, String name) {
    return database
        .one(
            "SELECT m.role FROM memberships m JOIN accounts a ON a.id = m.account_id"
                + " JOIN owners o ON o.id = m.owner_id WHERE o.name = :owner AND a.name = :name",
            Map.of("owner", owner.value(), "name", name),
            row -> need(row, "role", String.class))
        .defaultIfEmpty(NONE);
  }

  private Mono<Long> write(OwnerName owner, String name, Role role) {
    return database
        .change(
            "INSERT INTO memberships (account_id, owner_id, role)"
                + " SELECT a.id, o.id, :role FROM accounts a, owners o"
                + " WHERE a.name = :name AND o.name = :owner"
                + " ON CONFLICT (account_id, owner_id) DO UPDATE SET role = excluded.role",
            Map.of("name", name, "owner", owner.value(), "role", role.text()))
        .filter(changed -> changed == 1)
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "There is no user '%s': an administrator adds users with ./lmnop user add."
                        .formatted(name))));
  }

  /** Takes somebody's membership away. */
  public Mono<Void> remove(OwnerName owner, String name, String by) {
    return change(
        owner,
        database
            .change(
                "DELETE FROM memberships m USING accounts a, owners o WHERE m.account_id = a.id"
                    + " AND m.owner_id = o.id AND a.name = :name AND o.name = :owner",
                Map.of("name", name, "owner", owner.value()))
            .filter(changed -> changed == 1)
            .switchIfEmpty(
                Mono.error(() -> new Refused("'%s' is no member of %s.".formatted(name, owner))))
            .flatMap(changed ->
                audit.done(by, "member.removed", owner + "/" + name).thenReturn(changed)));
  }

  /** Two who remove each other must not both succeed: the owner's row is locked first. */
  private Mono<Void> change(OwnerName owner, Mono<Long> work) {
    Map<String, String> which = Map.of("owner", owner.value());
    Mono<Boolean> managed =
        database.one(
            "SELECT EXISTS (SELECT FROM memberships m JOIN owners o ON o.id = m.owner_id"
                + " WHERE o.name = :owner AND m.role = 'owner') AS managed",
            which,
            row -> need(row, "managed", Boolean.class));
    return database.inTransaction(
        lock(owner)
            .then(managed)
            .flatMap(before -> work.then(managed).filter(after -> after || !before))
            .switchIfEmpty(
                Mono.error(() ->
                    new Refused(
                        "%s would have nobody left who manages it: make somebody else its owner first."
                            .formatted(owner))))
            .then());
  }
}
