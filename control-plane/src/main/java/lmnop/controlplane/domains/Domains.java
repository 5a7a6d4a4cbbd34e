package lmnop.controlplane.domains;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.audit.Audit;
import lmnop.controlplane.functions.LockedFunction;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The domains of functions. Whoever says that one is his gets a proof to show, each claim another
 * one; the host routes from the moment in which the proof was found, to one function, and as long
 * as it is found again and again. Everything here blocks.
 */
public final class Domains implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Domains.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final int AT_ONCE = 20;
  private static final String ACTOR = "platform";

  /** Whose hosts nobody has, however well he proves it: names of machines, and of this network. */
  private static final List<String> NOBODYS =
      List.of("localhost", "local", "internal", "invalid", "test", "onion", "arpa");

  private final Database database;
  private final DomainStore store;
  private final Audit audit;
  private final Proofs proofs;
  private final SecureRandom random;
  private final DomainSettings settings;
  private final Set<String> platform;

  /**
   * Those of a platform.
   *
   * @param platform its own hosts, which nobody else may have, nor what is below them
   */
  public Domains(
      Database database, SecureRandom random, DomainSettings settings, Set<String> platform) {
    this.database = database;
    this.store = new DomainStore(database);
    this.audit = new Audit(database);
    this.proofs = new Proofs(settings);
    this.random = random;
    this.settings = settings;
    this.platform = Set.copyOf(platform);
  }

  /** All domains of a function. */
  public List<Domain> of(OwnerName owner, FunctionName function) {
    return await(store.of(owner, function).collectList());
  }

  /** Says that a domain is a function's; what is to be shown is in the answer. */
  public Domain add(OwnerName owner, FunctionName function, String typed, String actor) {
    return await(adding(owner, function, typed, actor));
  }

  /** The same as a part of the surrounding transaction; nothing of it blocks. */
  public Mono<Domain> adding(OwnerName owner, FunctionName function, String typed, String actor) {
    DomainName host = DomainName.of(typed);
    refuseThePlatforms(host);
    String token = Token.random(random).value();
    Mono<Domain> adding =
        LockedFunction.take(database, owner, function)
            .map(LockedFunction::id)
            .switchIfEmpty(Mono.error(() -> unknown(owner, function)))
            .flatMap(id ->
                store
                    .insert(id, host, token, actor)
                    .flatMap(inserted -> inserted == 0 ? Mono.just(0L) : checkRoom(id, function))
                    .flatMap(inserted ->
                        inserted == 0
                            ? Mono.<Void>empty()
                            : audit.done(
                                actor,
                                "domain.added",
                                owner + "/" + function,
                                Map.of("host", host.value())))
                    .then(store.one(owner, function, host)));
    return database.inTransaction(adding);
  }

  private Mono<Long> checkRoom(long id, FunctionName function) {
    return store
        .count(id)
        .flatMap(count ->
            count <= settings.perFunction()
                ? Mono.just(count)
                : Mono.error(
                    new Refused(
                        "%s has %d domains, as many as there may be: remove one first."
                            .formatted(function, settings.perFunction()))));
  }

  private void refuseThePlatforms(DomainName host) {
    if (platform.stream().anyMatch(own -> host.isWithin(own) || own.endsWith("." + host))) {
      throw new Refused("'%s' belongs to the platform itself.".formatted(host));
    }
    if (NOBODYS.stream().anyMatch(host::isWithin)) {
      throw new Refused("'%s' is no name of the public Internet.".formatted(host));
    }
  }

  /** Looks for the proof now; from the moment in which it is found the host routes. */
  public Domain check(OwnerName owner, FunctionName function, String typed, String actor)
      throws InterruptedException {
    Domain domain = one(owner, function, typed);
    Optional<String> problem = proofs.problem(domain);
    if (problem.isPresent()) {
      missed(domain, problem.get());
    } else {
      await(database.inTransaction(found(domain, actor)));
    }
    return one(owner, function, typed);
  }

  private Mono<Boolean> found(Domain looked, String actor) {
    return store
        .locked(looked.id())
        .switchIfEmpty(Mono.error(() -> new Refused("It was removed meanwhile.")))
        .flatMap(domain ->
            store
                .holder(domain.host())
                .defaultIfEmpty(domain.functionId())
                .filter(holder -> holder == domain.functionId())
                .switchIfEmpty(Mono.error(() -> taken(domain)))
                .then(
                    domain.verifiedAt() == null
                        ? begin(domain, actor)
                        : store.found(domain.id()).thenReturn(true)));
  }

  /** Whoever else proves the same at this moment waits at the route, and then sees it taken. */
  private Mono<Boolean> begin(Domain domain, String actor) {
    return store
        .route(domain)
        .filter(routed -> routed == 1)
        .switchIfEmpty(Mono.error(() -> taken(domain)))
        .then(store.found(domain.id()))
        .then(audited(domain, actor, "domain.verified"))
        .then(store.publish(domain))
        .thenReturn(true);
  }

  private static Refused taken(Domain domain) {
    return new Refused(
        "The proof is there, and '%s' leads to another function still: its proof has to go, or it has to be removed there."
            .formatted(domain.host()));
  }

  /** A domain that does not route has nothing to lose. */
  private void missed(Domain domain, String problem) {
    Mono<Boolean> noting =
        store
            .missed(domain.id(), problem, settings.grace())
            .flatMap(over -> over ? end(domain, ACTOR, "domain.lost") : Mono.just(false));
    if (Boolean.TRUE.equals(database.inTransaction(noting).block(ANSWER))) {
      log.info("{} leads to {} no more: {}", domain.host(), domain.function(), problem);
    }
  }

  private Mono<Boolean> end(Domain domain, String actor, String action) {
    return store
        .unroute(domain)
        .then(store.lose(domain))
        .then(audited(domain, actor, action))
        .then(store.publish(domain))
        .thenReturn(true);
  }

  private Mono<Void> audited(Domain domain, String actor, String action) {
    return audit.done(
        actor,
        action,
        domain.owner() + "/" + domain.function(),
        Map.of("host", domain.host().value()));
  }

  /** The host leads to the function no more, at once. */
  public void remove(OwnerName owner, FunctionName function, String typed, String actor) {
    await(removing(owner, function, typed, actor));
  }

  /** The same as a part of the surrounding transaction; nothing of it blocks. */
  public Mono<Domain> removing(OwnerName owner, FunctionName function, String typed, String actor) {
    DomainName host = DomainName.of(typed);
    return database.inTransaction(
        store
            .one(owner, function, host)
            .flatMap(domain -> store.locked(domain.id()))
            .switchIfEmpty(Mono.error(() -> none(function, host)))
            .flatMap(domain ->
                end(domain, actor, "domain.removed")
                    .then(store.delete(domain))
                    .thenReturn(domain)));
  }

  /** The mark of a domain, which stays as it is until the surrounding transaction ends. */
  public Mono<String> lockedMark(OwnerName owner, FunctionName function, String typed) {
    return store
        .one(owner, function, DomainName.of(typed))
        .flatMap(domain -> store.locked(domain.id()))
        .map(Domain::mark);
  }

  /** One domain of a function. */
  public Domain one(OwnerName owner, FunctionName function, String typed) {
    DomainName host = DomainName.of(typed);
    return store
        .one(owner, function, host)
        .blockOptional(ANSWER)
        .orElseThrow(() -> none(function, host));
  }

  private static Refused none(FunctionName function, DomainName host) {
    return new Refused("%s has no domain '%s': add it first.".formatted(function, host));
  }

  private static Refused unknown(OwnerName owner, FunctionName function) {
    return new Refused("%s has no function '%s'.".formatted(owner, function));
  }

  /** Looks again for the proofs of domains that route; a round of a loop. */
  public void sweep() throws InterruptedException {
    for (Domain domain : await(store.due(settings.every(), AT_ONCE).collectList())) {
      Optional<String> problem = proofs.problem(domain);
      if (problem.isPresent()) {
        missed(domain, problem.get());
      } else {
        database.inTransaction(store.found(domain.id())).block(ANSWER);
      }
    }
  }

  private static <T> T await(Mono<T> answer) {
    return Objects.requireNonNull(answer.block(ANSWER), "the database gave no row");
  }

  @Override
  public void close() {
    proofs.close();
  }
}
