package lmnop.controlplane.gateway;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** Owners, as the namespaces that OpenFaaS knows. Everything here blocks. */
final class Namespaces {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Accounts accounts;
  private final Members members;

  Namespaces(Accounts accounts, Members members) {
    this.accounts = accounts;
    this.members = members;
  }

  /** Those that somebody sees. */
  List<String> of(Actor actor) {
    return Objects.requireNonNull(
        members.ownersOf(actor).map(Members.Membership::owner).collectList().block(ANSWER));
  }

  /**
   * The one that is meant by a name, or by none: then {@code default}, for who belongs to another
   * one alone that of his own name, or the first of his.
   */
  OwnerName named(Actor actor, @Nullable String name) {
    try {
      return new OwnerName(name == null || name.isEmpty() ? usual(of(actor), actor) : name);
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "'namespace': %s.".formatted(e.getMessage()));
    }
  }

  private static String usual(List<String> seen, Actor actor) {
    String usual = OwnerName.DEFAULT.value();
    if (seen.isEmpty() || seen.contains(usual)) {
      return usual;
    }
    return seen.contains(actor.name()) ? actor.name() : seen.getFirst();
  }

  /** Refuses who may not do something there; what is forbidden looks like what is not there. */
  void require(Actor actor, Right right, OwnerName owner) {
    if (!Boolean.TRUE.equals(accounts.may(actor, right, owner).block(ANSWER))) {
      throw new Refusal(
          HttpStatus.NOT_FOUND,
          "There is no namespace '%s', or you may not do this there.".formatted(owner));
    }
  }
}
