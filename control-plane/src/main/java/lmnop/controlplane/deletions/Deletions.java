package lmnop.controlplane.deletions;

import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.releases.Releases;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Deletes functions: in one transaction all that the database knows of one goes, so that its name
 * and its hosts are free; {@link DeletionRun} removes the rest.
 */
public final class Deletions {
  private final Database database;
  private final TaskQueue queue;
  private final Releases releases;
  private final DeletionStore store;

  public Deletions(Database database, TaskQueue queue, Releases releases) {
    this.database = database;
    this.queue = queue;
    this.releases = releases;
    this.store = new DeletionStore(database);
  }

  /** What would go with a function; refused where there is none. */
  public Mono<Doomed> doomed(OwnerName owner, FunctionName function) {
    return store.doomed(owner, function).switchIfEmpty(unknown(owner, function));
  }

  /**
   * Deletes a function; refused where there is none, and while a build or a release is under way.
   */
  public Mono<Deleted> delete(OwnerName owner, FunctionName function, String actor) {
    return database.inTransaction(
        store
            .takeTime()
            .then(store.lock(owner, function))
            .switchIfEmpty(unknown(owner, function))
            .flatMap(locked ->
                store
                    .underWay(locked)
                    .flatMap(words -> Mono.<Deleted>error(new Refused(words)))
                    .switchIfEmpty(Mono.defer(() -> remove(locked, actor)))));
  }

  private static <T> Mono<T> unknown(OwnerName owner, FunctionName function) {
    return Mono.error(() ->
        new Refused(
            "%s has no function '%s': look for a typing error.".formatted(owner, function)));
  }

  /** Routers are told last, because every other change waits from there until the commit. */
  private Mono<Deleted> remove(DeletionStore.Locked locked, String actor) {
    return store
        .workloads(locked)
        .collectList()
        .flatMap(workloads ->
            store
                .removeRoutes(locked)
                .collectList()
                .flatMap(hosts ->
                    store
                        .removeRows(locked)
                        .then(
                            Flux.fromIterable(workloads)
                                .filter(DeletionStore.Workload::runs)
                                .concatMap(one -> releases.drain(one.namespace(), one.name()))
                                .then())
                        .then(store.note(locked, actor))
                        .then(store.insert(locked, workloads, actor))
                        .flatMap(id ->
                            store.publish(locked, hosts).map(change -> new Deleted(id, change)))));
  }

  /** Whether nothing is left of a function that was deleted. */
  public Mono<Boolean> isOver(long deletion) {
    return store.isThere(deletion).map(there -> !there);
  }

  /** What removes the rest of functions that are deleted. */
  public DeletionRun run(Repositories repositories, FunctionProvider provider) {
    return new DeletionRun(database, queue, store, releases, repositories, provider);
  }
}
