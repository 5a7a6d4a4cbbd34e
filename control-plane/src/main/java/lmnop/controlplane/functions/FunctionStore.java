package lmnop.controlplane.functions;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.archive.Digest;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The SQL of repositories, functions and the hosts that lead to them. Every method is part of the
 * surrounding transaction.
 */
public final class FunctionStore {
  private static final int LONGEST_LABEL = 63;

  private final Database database;
  private final Audit audit;
  private final String appsDomain;

  public FunctionStore(Database database, String appsDomain) {
    this.database = database;
    this.audit = new Audit(database);
    this.appsDomain = appsDomain;
  }

  /**
   * Makes sure that the repository, the function and its host are there, and are this owner's.
   *
   * <p>Fails with {@link NameTaken} if another repository has the name: two first pushes at once
   * reserve a number each, and one of them comes here first.
   */
  public Mono<Claimed> claim(
      OwnerName owner, long repositoryId, String repository, FunctionName function, String actor) {
    return ownerId(owner)
        .flatMap(ownerId ->
            claimRepository(ownerId, repositoryId, repository, actor)
                .then(claimFunction(ownerId, owner, repositoryId, function, actor)));
  }

  /** Makes sure that the repository is there and has this number. */
  public Mono<Void> claimRepository(
      OwnerName owner, long repositoryId, String repository, String actor) {
    return ownerId(owner)
        .flatMap(ownerId -> claimRepository(ownerId, repositoryId, repository, actor));
  }

  /** Makes sure that a repository that was there is there still, until the transaction ends. */
  public Mono<Void> keepRepository(long repositoryId, String name) {
    return database
        .one(
            "SELECT id FROM repositories WHERE id = :id FOR KEY SHARE",
            Map.of("id", repositoryId),
            FunctionStore::id)
        .switchIfEmpty(Mono.error(() -> new RepositoryGone(name)))
        .then();
  }

  /** The hosts of previews. */
  public PreviewHosts previewHosts() {
    return new PreviewHosts(database, appsDomain);
  }

  /**
   * Tells the routers of functions that were created. The last statement of the transaction,
   * because every other change waits from here until the commit.
   */
  public Mono<Void> announce(List<Claimed> functions) {
    return Flux.fromIterable(functions)
        .filter(Claimed::created)
        .concatMap(claimed ->
            database.one(
                "SELECT publish_change(:function, :hosts)",
                Map.of(
                    "function", claimed.functionId(),
                    "hosts", claimed.hosts().toArray(String[]::new)),
                row -> 1))
        .then();
  }

  private Mono<Long> ownerId(OwnerName owner) {
    return database
        .one(
            "SELECT id FROM owners WHERE name = :name",
            Map.of("name", owner.value()),
            FunctionStore::id)
        .switchIfEmpty(Mono.error(() -> new NameTaken("There is no owner '" + owner + "'.")));
  }

  private Mono<Void> claimRepository(long ownerId, long id, String name, String actor) {
    Mono<Void> audited =
        database
            .change(
                "INSERT INTO repositories (id, owner_id, name) VALUES (:id, :owner, :name)"
                    + " ON CONFLICT DO NOTHING",
                Map.of("id", id, "owner", ownerId, "name", name))
            .filter(inserted -> inserted > 0)
            .flatMap(inserted -> audit.done(actor, "repository.created", name))
            .then();
    return audited.then(
        database
            .one(
                "SELECT id FROM repositories WHERE owner_id = :owner AND name = :name",
                Map.of("owner", ownerId, "name", name),
                FunctionStore::id)
            .filter(there -> there == id)
            .switchIfEmpty(
                Mono.error(() ->
                    new NameTaken(
                        "'%s' was pushed by somebody else at the same moment: push again."
                            .formatted(name))))
            .then());
  }

  private Mono<Claimed> claimFunction(
      long ownerId, OwnerName owner, long repositoryId, FunctionName name, String actor) {
    return database
        .one(
            "INSERT INTO functions (owner_id, repository_id, name)"
                + " VALUES (:owner, :repository, :name) ON CONFLICT DO NOTHING RETURNING id",
            Map.of("owner", ownerId, "repository", repositoryId, "name", name.value()),
            FunctionStore::id)
        .flatMap(id -> created(id, ownerId, owner, name, actor))
        .switchIfEmpty(Mono.defer(() -> existing(ownerId, repositoryId, name)));
  }

  private Mono<Claimed> created(
      long id, long ownerId, OwnerName owner, FunctionName name, String actor) {
    List<String> hosts =
        List.of(name + "." + appsDomain, longLabel(name, owner, ownerId) + "." + appsDomain);
    return Flux.fromIterable(hosts)
        .concatMap(host -> insertRoute(host, id))
        .next()
        .switchIfEmpty(
            Mono.error(() ->
                new NameTaken(
                    "The hosts %s are taken: choose another name for the function."
                        .formatted(String.join(" and ", hosts)))))
        .flatMap(host ->
            audit
                .done(actor, "function.created", owner + "/" + name)
                .thenReturn(new Claimed(id, true, List.of(host))));
  }

  private Mono<String> insertRoute(String host, long functionId) {
    return database
        .one(
            "INSERT INTO routes (host, kind, function_id) VALUES (:host, 'function', :function)"
                + " ON CONFLICT DO NOTHING RETURNING id",
            Map.of("host", host, "function", functionId),
            FunctionStore::id)
        .map(id -> host);
  }

  private static String longLabel(FunctionName name, OwnerName owner, long ownerId) {
    String label = name + "--" + owner;
    return label.length() <= LONGEST_LABEL
        ? label
        : name + "--" + Base32.lower(Digest.of("owner " + ownerId).hex(), 8);
  }

  private Mono<Claimed> existing(long ownerId, long repositoryId, FunctionName name) {
    return database
        .one(
            "SELECT id FROM functions"
                + " WHERE owner_id = :owner AND name = :name AND repository_id = :repository",
            Map.of("owner", ownerId, "name", name.value(), "repository", repositoryId),
            FunctionStore::id)
        .switchIfEmpty(
            origin(ownerId, name)
                .flatMap(origin ->
                    Mono.error(
                        new NameTaken(
                            "The function '%s' is there already and comes from %s: choose another name."
                                .formatted(name, origin)))))
        .flatMap(id -> hosts(id).map(hosts -> new Claimed(id, false, hosts)));
  }

  private Mono<String> origin(long ownerId, FunctionName name) {
    return database.one(
        """
        SELECT coalesce('the repository ''' || r.name || '''', 'elsewhere') AS origin
        FROM functions f LEFT JOIN repositories r ON r.id = f.repository_id
        WHERE f.owner_id = :owner AND f.name = :name
        """,
        Map.of("owner", ownerId, "name", name.value()),
        row -> need(row, "origin", String.class));
  }

  private Mono<List<String>> hosts(long functionId) {
    return database
        .all(
            "SELECT host FROM routes WHERE function_id = :function AND kind = 'function'"
                + " ORDER BY length(host), host",
            Map.of("function", functionId),
            row -> need(row, "host", String.class))
        .collectList();
  }

  /** The row of a repository, if it was accepted. */
  public Mono<Optional<StoredRepository>> repository(OwnerName owner, String name) {
    return database
        .one(
            "SELECT r.id, r.deploy_branch FROM repositories r JOIN owners o ON o.id = r.owner_id"
                + " WHERE o.name = :owner AND r.name = :name",
            Map.of("owner", owner.value(), "name", name),
            row -> new StoredRepository(id(row), need(row, "deploy_branch", String.class)))
        .map(Optional::of)
        .defaultIfEmpty(Optional.empty());
  }

  /** Whether there is a row for the number of a repository. */
  public Mono<Boolean> isRepository(long id) {
    return database
        .one("SELECT id FROM repositories WHERE id = :id", Map.of("id", id), FunctionStore::id)
        .hasElement();
  }

  /** A number that no repository had or will have. */
  public Mono<Long> nextRepositoryId() {
    return database.one("SELECT nextval('repositories_id_seq') AS id", Map.of(), FunctionStore::id);
  }

  private static long id(Row row) {
    return need(row, "id", Long.class);
  }
}
