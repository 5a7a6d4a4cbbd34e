package lmnop.controlplane.revisions;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.releases.Releases;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The revisions of functions, and the way back to one of them: a release like that of a push, of
 * what was built before.
 */
public final class Revisions {
  private final Database database;
  private final Releases releases;
  private final RevisionStore store;
  private final Supplier<String> workloadSuffix;

  public Revisions(Database database, Releases releases, Supplier<String> workloadSuffix) {
    this.database = database;
    this.releases = releases;
    this.store = new RevisionStore(database);
    this.workloadSuffix = workloadSuffix;
  }

  /** The revisions of a function that are kept, the newest first; refused where there is none. */
  public Mono<List<Revision>> of(OwnerName owner, FunctionName function) {
    return store
        .kept(owner, function)
        .collectList()
        .filter(found -> !found.isEmpty())
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has no revision of a function '%s': push it first, or look for a typing error."
                        .formatted(owner, function))));
  }

  /** Why the newest release of a function failed, if it did. */
  public Mono<Optional<String>> failure(OwnerName owner, FunctionName function) {
    return store.failure(owner, function).map(Optional::of).defaultIfEmpty(Optional.empty());
  }

  /**
   * Asks for a revision to get all of the traffic; it happens behind what is under way for the same
   * repository.
   *
   * @param number of the revision; null is the one that had the traffic before
   */
  public Mono<Rollback> rollBack(
      OwnerName owner, FunctionName function, @Nullable Integer number, String actor) {
    return database.inTransaction(
        store
            .lock(owner, function)
            .switchIfEmpty(
                Mono.error(() ->
                    new Refused(
                        "%s has no function '%s': look for a typing error."
                            .formatted(owner, function))))
            .flatMap(locked ->
                underWay(locked)
                    .flatMap(busy ->
                        wanted(locked, function, number, busy)
                            .flatMap(wanted -> target(locked, function, wanted, busy))
                            .flatMap(target -> release(locked, function, target, actor, busy)))));
  }

  private Mono<Optional<String>> underWay(RevisionStore.Locked locked) {
    return store.underWay(locked.repositoryId()).map(Optional::of).defaultIfEmpty(Optional.empty());
  }

  /** What served before is not known while it changes. */
  private Mono<Integer> wanted(
      RevisionStore.Locked locked,
      FunctionName function,
      @Nullable Integer number,
      Optional<String> busy) {
    if (number != null) {
      return Mono.just(number);
    }
    if (busy.isPresent()) {
      return Mono.error(
          new Refused(
              "%s is under way: wait for its end, or say which revision of %s is wanted."
                  .formatted(busy.get(), function)));
    }
    return store
        .numberBefore(locked.id())
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s served with no other revision before the one that serves now."
                        .formatted(function))));
  }

  private Mono<RevisionStore.Target> target(
      RevisionStore.Locked locked, FunctionName function, int number, Optional<String> busy) {
    return store
        .target(locked.id(), number)
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has no revision %d: ./lmnop revisions %s shows all."
                        .formatted(function, number, function))))
        .flatMap(target -> {
          Optional<String> obstacle = obstacle(target, function, busy);
          return obstacle.isPresent() ? Mono.error(new Refused(obstacle.get())) : Mono.just(target);
        });
  }

  private static Optional<String> obstacle(
      RevisionStore.Target target, FunctionName function, Optional<String> busy) {
    if (target.dropped()) {
      return Optional.of(
          "The artifact of revision %d of %s is not kept any more: go back to commit %s with git revert, and push."
              .formatted(target.number(), function, target.commit()));
    }
    if (target.weight() == 100 && busy.isEmpty()) {
      return Optional.of(
          "Revision %d of %s has the traffic already.".formatted(target.number(), function));
    }
    return target.releasing()
        ? Optional.of(
            "A release of revision %d of %s is under way already."
                .formatted(target.number(), function))
        : Optional.empty();
  }

  private Mono<Rollback> release(
      RevisionStore.Locked locked,
      FunctionName function,
      RevisionStore.Target target,
      String actor,
      Optional<String> busy) {
    return store
        .takeBackWorkload(target.id())
        .switchIfEmpty(Mono.fromSupplier(() -> function + "-" + workloadSuffix.get()))
        .flatMap(workload ->
            releases.rollBack(locked.repositoryId(), locked.id(), target.id(), workload, actor))
        .map(release -> new Rollback(release, target.number(), target.commit(), busy.orElse(null)));
  }
}
