package lmnop.controlplane.revisions;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.functions.LockedFunction;
import lmnop.controlplane.releases.InPlace;
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
  private final PromotionStore promotions;
  private final Supplier<String> workloadSuffix;

  public Revisions(Database database, Releases releases, Supplier<String> workloadSuffix) {
    this.database = database;
    this.releases = releases;
    this.store = new RevisionStore(database);
    this.promotions = new PromotionStore(database);
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
  public Mono<Asked> rollBack(
      OwnerName owner, FunctionName function, @Nullable Integer number, String actor) {
    return database.inTransaction(
        lock(owner, function)
            .flatMap(locked ->
                underWay(locked)
                    .flatMap(busy ->
                        wanted(locked, function, number, busy)
                            .flatMap(wanted -> target(locked, function, wanted, busy))
                            .flatMap(target ->
                                share(locked, function, target, 100)
                                    .flatMap(share ->
                                        releases.rollBack(locked.repositoryId(), share, actor))
                                    .map(release -> asked(release, target, busy))))));
  }

  /**
   * Asks for a revision to get a share of the traffic, and for the rest to go to what has the
   * largest share beside it; it happens behind what is under way for the same repository.
   *
   * @param percent from 0, which leaves all to the other one, to 100, which takes all
   */
  public Mono<Asked> split(
      OwnerName owner, FunctionName function, int number, int percent, String actor) {
    Mono<LockedFunction> locking =
        percent > 0 && percent < 100
            ? requireRoomBeside(function).then(lock(owner, function))
            : lock(owner, function);
    return database.inTransaction(
        locking.flatMap(locked ->
            store
                .numberBeside(locked.id(), number)
                .switchIfEmpty(Mono.error(() -> noOther(function, number)))
                .flatMap(other ->
                    underWay(locked)
                        .flatMap(busy ->
                            target(locked, function, number, busy)
                                .flatMap(target ->
                                    percent > 0
                                        ? take(locked, function, target, percent, actor, busy)
                                        : leave(locked, function, target, other, actor, busy))))));
  }

  /**
   * Asks for a revision that serves, or is about to, to be deployed once more with what else it
   * reads as it is then; it keeps its share of the traffic. It happens behind what is under way for
   * the same repository, and not at all where that took the traffic from it.
   */
  public Mono<Asked> renew(OwnerName owner, FunctionName function, int number, String actor) {
    return database.inTransaction(
        lock(owner, function)
            .flatMap(locked ->
                underWay(locked)
                    .flatMap(busy ->
                        store
                            .target(locked.id(), number)
                            .flatMap(target ->
                                releases
                                    .renew(
                                        locked.repositoryId(),
                                        new Releases.Share(
                                            locked.id(),
                                            target.id(),
                                            function + "-" + workloadSuffix.get(),
                                            Math.max(1, target.weight())),
                                        actor)
                                    .map(release -> asked(release, target, busy))))));
  }

  private Mono<LockedFunction> lock(OwnerName owner, FunctionName function) {
    return LockedFunction.take(database, owner, function)
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has no function '%s': look for a typing error."
                        .formatted(owner, function))));
  }

  private Mono<Void> requireRoomBeside(FunctionName function) {
    return new InPlace(database)
        .isHow()
        .filter(inPlace -> inPlace)
        .flatMap(inPlace ->
            Mono.error(
                new Refused(
                    "OpenFaaS runs one revision of %s at a time: its traffic cannot be shared. 100 gives all of it to one."
                        .formatted(function))));
  }

  private static Refused noOther(FunctionName function, int number) {
    return new Refused(
        "No revision of %s beside %d serves: name the one that shall get a share beside it."
            .formatted(function, number));
  }

  private Mono<Asked> take(
      LockedFunction locked,
      FunctionName function,
      RevisionStore.Target target,
      int percent,
      String actor,
      Optional<String> busy) {
    return target.weight() == percent && busy.isEmpty()
        ? Mono.error(
            new Refused(
                "Revision %d of %s has %d %% of the traffic already."
                    .formatted(target.number(), function, percent)))
        : share(locked, function, target, percent)
            .flatMap(share -> releases.split(locked.repositoryId(), share, actor))
            .map(release -> asked(release, target, busy));
  }

  /** Back to one: what has the rest takes all. */
  private Mono<Asked> leave(
      LockedFunction locked,
      FunctionName function,
      RevisionStore.Target target,
      int other,
      String actor,
      Optional<String> busy) {
    return target.weight() == 0
        ? Mono.error(
            new Refused(
                "Revision %d of %s has no share of the traffic."
                    .formatted(target.number(), function)))
        : target(locked, function, other, busy)
            .flatMap(rest -> take(locked, function, rest, 100, actor, busy));
  }

  /**
   * Asks for what a branch's preview runs to serve: the same artifact, as a push of its commit to
   * the deployed branch would configure it, and the branch moves as it would then.
   */
  public Mono<Asked> promote(OwnerName owner, FunctionName function, String branch, String actor) {
    return database.inTransaction(
        lock(owner, function)
            .flatMap(locked ->
                promotions
                    .preview(locked.id(), branch)
                    .switchIfEmpty(
                        Mono.error(() ->
                            new Refused(
                                "%s has no preview of '%s': ./lmnop revisions %s shows all."
                                    .formatted(function, branch, function))))
                    .filter(preview -> preview.functions() == 1)
                    .switchIfEmpty(
                        Mono.error(() ->
                            new Refused(
                                "The repository of %s has other functions, which the commit changes too: merge the branch, and push."
                                    .formatted(function))))
                    .flatMap(preview ->
                        underWay(locked)
                            .flatMap(busy ->
                                promotions
                                    .insert(preview.revision(), actor)
                                    .flatMap(
                                        made -> promote(locked, function, made, preview, busy))))));
  }

  private Mono<Asked> promote(
      LockedFunction locked,
      FunctionName function,
      PromotionStore.Promoted made,
      PromotionStore.Preview preview,
      Optional<String> busy) {
    String workload = function + "-" + workloadSuffix.get();
    return releases
        .promote(
            made.build(),
            locked.repositoryId(),
            new Releases.Share(locked.id(), made.revision(), workload, 100))
        .map(release -> new Asked(release, made.number(), preview.commit(), busy.orElse(null)));
  }

  private Mono<Optional<String>> underWay(LockedFunction locked) {
    return store.underWay(locked.repositoryId()).map(Optional::of).defaultIfEmpty(Optional.empty());
  }

  /** What served before is not known while it changes. */
  private Mono<Integer> wanted(
      LockedFunction locked,
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
      LockedFunction locked, FunctionName function, int number, Optional<String> busy) {
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
    if (target.branch() != null) {
      return Optional.of(
          "Revision %d of %s is a preview's, with a preview's configuration: ./lmnop promote %s %s has it serve."
              .formatted(target.number(), function, function, target.branch()));
    }
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

  private Mono<Releases.Share> share(
      LockedFunction locked, FunctionName function, RevisionStore.Target target, int percent) {
    return store
        .takeBackWorkload(target.id())
        .switchIfEmpty(Mono.fromSupplier(() -> function + "-" + workloadSuffix.get()))
        .map(workload -> new Releases.Share(locked.id(), target.id(), workload, percent));
  }

  private static Asked asked(long release, RevisionStore.Target target, Optional<String> busy) {
    return new Asked(release, target.number(), target.commit(), busy.orElse(null));
  }
}
