package lmnop.controlplane.secrets;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Owners;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.audit.Audit;
import lmnop.controlplane.configuration.KnownSecrets;
import lmnop.controlplane.releases.SecretValues;
import lmnop.controlplane.revisions.Asked;
import lmnop.controlplane.revisions.Revisions;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The secrets of owners. A value goes in and never comes out again but to the provider, for the
 * functions that read it.
 */
public final class Secrets implements SecretValues {
  /** The largest value, in bytes: what a provider keeps. */
  public static final int LARGEST = 1024 * 1024;

  /** A log is searched for each of them. */
  static final int MOST = 200;

  private static final Logger log = LoggerFactory.getLogger(Secrets.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private final Audit audit;
  private final SecretStore store;
  private final Owners owners;
  private final Vault vault;
  private final OpenedSecrets opened;
  private final Revisions revisions;

  /**
   * The secrets of a database.
   *
   * @param masterKey the file with the master key
   */
  public Secrets(Database database, Path masterKey, SecureRandom random, Revisions revisions) {
    this.database = database;
    this.audit = new Audit(database);
    this.store = new SecretStore(database);
    this.owners = new Owners(database);
    this.vault = new Vault(store, new MasterKeys(masterKey), random);
    this.opened = new OpenedSecrets(store, vault);
    this.revisions = revisions;
  }

  /**
   * A secret in the list.
   *
   * @param functions that may read it; null: every one of its owner
   * @param readers what runs and reads it
   */
  public record Listed(
      String owner,
      String name,
      int version,
      Instant changedAt,
      String changedBy,
      @Nullable List<String> functions,
      List<Reader> readers) {
    Listed with(List<Reader> found) {
      return new Listed(owner, name, version, changedAt, changedBy, functions, found);
    }
  }

  /**
   * A revision that runs and reads a secret.
   *
   * @param preview whether it is a branch's, without traffic
   * @param version of the value that it has; null: that of a secret that was removed
   */
  public record Reader(
      String owner,
      String secret,
      String function,
      int revision,
      boolean preview,
      @Nullable Integer version) {}

  /**
   * A secret that was put.
   *
   * @param rolled the releases that bring the value to what runs already
   */
  public record Put(int version, List<Asked> rolled) {
    public Put {
      rolled = List.copyOf(rolled);
    }
  }

  /** Makes the master key at the first start, and says in the log if secrets cannot be read. */
  public void prepare() {
    Mono<Boolean> preparing =
        store
            .lock()
            .then(vault.prepare())
            .thenReturn(true)
            .onErrorResume(
                UnreadableSecrets.class,
                e -> {
                  log.error(
                      "secrets cannot be read: {}. Put the right file back; until then nothing that"
                          + " reads one is deployed. What runs goes on",
                      e.getMessage());
                  return Mono.just(false);
                });
    database.inTransaction(preparing).block(ANSWER);
  }

  /** The names of the master keys that are in the file; none if it cannot be read. */
  public List<String> masterKeys() {
    return vault.keyNames();
  }

  /**
   * Adds a secret, or gives it another value.
   *
   * @param functions that may read it; empty: every one of its owner; null: those that might before
   * @param roll whether everything that runs and reads it is deployed anew, with this value
   */
  public Mono<Put> put(
      OwnerName owner,
      SecretName name,
      byte[] value,
      @Nullable List<FunctionName> functions,
      boolean roll,
      String actor) {
    return put(Mono.just(true), owner, name, value, functions, roll, actor);
  }

  /** The version of a secret, until the surrounding transaction ends; empty if there is none. */
  public Mono<Integer> lockedVersion(OwnerName owner, SecretName name) {
    return store.lock().then(store.byName(owner, name.value())).map(SecretStore.Kept::version);
  }

  /** Adds a secret that every function of its owner may read; empty if there is one already. */
  public Mono<Put> create(OwnerName owner, SecretName name, byte[] value, String actor) {
    Mono<Boolean> missing = store.byName(owner, name.value()).hasElement().map(there -> !there);
    return put(missing, owner, name, value, List.of(), false, actor);
  }

  /**
   * Gives a secret another value, with which all that reads it is deployed anew; empty if there is
   * none.
   */
  public Mono<Put> replace(OwnerName owner, SecretName name, byte[] value, String actor) {
    Mono<Boolean> there = store.byName(owner, name.value()).hasElement();
    return put(there, owner, name, value, null, true, actor);
  }

  /** The same if a condition holds; empty if it does not. */
  private Mono<Put> put(
      Mono<Boolean> condition,
      OwnerName owner,
      SecretName name,
      byte[] value,
      @Nullable List<FunctionName> functions,
      boolean roll,
      String actor) {
    if (value.length == 0 || value.length > LARGEST) {
      return Mono.error(
          new Refused(
              value.length == 0
                  ? "The value is empty: write it to standard input, or name its file."
                  : "The value has more than %d bytes: keep it elsewhere, and its key here."
                      .formatted(LARGEST)));
    }
    Mono<Put> putting =
        owners
            .id(owner)
            .flatMap(id ->
                vault
                    .prepare()
                    .then(next(id, owner, name, functions))
                    .flatMap(about ->
                        Mono.fromCallable(() -> vault.seal(about, value))
                            .flatMap(sealed -> store.put(sealed, actor))
                            .then(auditPut(about, actor))
                            .then(roll ? roll(owner, name, actor) : Mono.just(List.<Asked>of()))
                            .map(rolled -> new Put(about.version(), rolled))));
    return database.inTransaction(
        store
            .lock()
            .then(condition)
            .filter(holds -> holds)
            .flatMap(holds -> putting)
            .onErrorMap(UnreadableSecrets.class, Vault::refused));
  }

  /** What a secret is without its value, which is still to come. */
  private Mono<SecretStore.Kept> next(
      long id, OwnerName owner, SecretName name, @Nullable List<FunctionName> functions) {
    byte[] none = {};
    Mono<SecretStore.Kept> first =
        checkRoom(id, owner)
            .thenReturn(
                new SecretStore.Kept(0, id, owner.value(), name.value(), 1, null, none, none, ""));
    return store
        .byName(owner, name.value())
        .map(old ->
            new SecretStore.Kept(
                old.id(),
                id,
                owner.value(),
                name.value(),
                old.version() + 1,
                old.functions(),
                none,
                none,
                ""))
        .switchIfEmpty(first)
        .map(kept -> functions == null ? kept : kept.withFunctions(functions))
        .flatMap(kept -> checkReaders(owner, kept).thenReturn(kept));
  }

  private Mono<Void> checkRoom(long id, OwnerName owner) {
    return store
        .count(id)
        .filter(present -> present < MOST)
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "%s has %d secrets already, and more are not possible: remove some."
                        .formatted(owner, MOST))))
        .then();
  }

  /** Nobody takes a secret from what serves by leaving it out of a list. */
  private Mono<Void> checkReaders(OwnerName owner, SecretStore.Kept kept) {
    return store
        .serving(owner, kept.name())
        .map(serving -> serving.function().value())
        .filter(function -> !kept.isFor(function))
        .distinct()
        .collectList()
        .flatMap(left ->
            left.isEmpty()
                ? Mono.empty()
                : Mono.error(
                    new Refused(
                        "%s reads '%s' now and would not be allowed to: name it too."
                            .formatted(String.join(" and ", left), kept.name()))));
  }

  private Mono<Void> auditPut(SecretStore.Kept kept, String actor) {
    return audit.done(
        actor,
        kept.version() == 1 ? "secret.created" : "secret.changed",
        kept.ownerName() + "/" + kept.name(),
        Map.of("version", kept.version()));
  }

  private Mono<List<Asked>> roll(OwnerName owner, SecretName name, String actor) {
    return store
        .serving(owner, name.value())
        .collectList()
        .flatMapMany(Flux::fromIterable)
        .concatMap(serving -> revisions.renew(owner, serving.function(), serving.revision(), actor))
        .collectList();
  }

  /**
   * Removes a secret; what runs with it keeps what it has.
   *
   * @param force also if something that serves reads it, which then cannot be deployed again
   */
  public Mono<Void> remove(OwnerName owner, SecretName name, boolean force, String actor) {
    Mono<Void> removing =
        owners
            .id(owner)
            .then(store.byName(owner, name.value()))
            .switchIfEmpty(
                Mono.error(() ->
                    new Refused(
                        "%s has no secret '%s': ./lmnop secret list shows all."
                            .formatted(owner, name))))
            .flatMap(kept ->
                (force ? Mono.<Void>empty() : checkUnused(owner, name))
                    .then(store.delete(kept.id()))
                    .then(
                        audit.done(
                            actor,
                            "secret.removed",
                            owner + "/" + name,
                            Map.of("version", kept.version()))));
    return database.inTransaction(store.lock().then(removing));
  }

  private Mono<Void> checkUnused(OwnerName owner, SecretName name) {
    return store
        .readers(owner)
        .filter(reader -> reader.secret().equals(name.value()))
        .map(reader -> "revision %d of %s".formatted(reader.revision(), reader.function()))
        .collectList()
        .flatMap(readers ->
            readers.isEmpty()
                ? Mono.empty()
                : Mono.error(
                    new Refused(
                        "%s reads '%s': push it without first, or remove the secret with --force; then that cannot be deployed again."
                            .formatted(String.join(" and ", readers), name))));
  }

  /** All secrets, of one owner or of all, each with what runs and reads it. */
  public Mono<List<Listed>> list(@Nullable OwnerName owner) {
    Mono<Map<List<String>, List<Reader>>> readers =
        store
            .readers(owner)
            .collect(Collectors.groupingBy(reader -> List.of(reader.owner(), reader.secret())));
    return readers.flatMap(found ->
        store
            .list(owner)
            .map(listed ->
                listed.with(found.getOrDefault(List.of(listed.owner(), listed.name()), List.of())))
            .collectList());
  }

  /**
   * Exchanges the master key while everything goes on: the new one is in the file before anything
   * needs it, and the old one until nothing does. Interrupted anywhere, it is asked for again.
   *
   * @return for how many secrets
   */
  public Mono<Long> rotateKey(String actor) {
    Mono<Long> rewrapping =
        store
            .lock()
            .then(vault.addKey())
            .flatMap(key ->
                vault
                    .rewrap(key)
                    .flatMap(count ->
                        audit.done(actor, "secrets.key-rotated", key.name()).thenReturn(count)));
    return database
        .inTransaction(rewrapping)
        .flatMap(count ->
            database.inTransaction(store.lock().then(vault.removeOldKeys())).thenReturn(count))
        .onErrorMap(UnreadableSecrets.class, Vault::refused);
  }

  /** What an owner's functions may read, as of now; blocks. */
  public KnownSecrets known(OwnerName owner) {
    Map<String, Listed> all =
        Objects.requireNonNull(
            store.list(owner).collectMap(Listed::name, Function.identity()).block(ANSWER));
    return (function, secret) -> {
      Listed found = all.get(secret);
      if (found == null) {
        return "%s has no secret of that name: create it with %s"
            .formatted(owner, OpenedSecrets.command(owner.value(), secret));
      }
      List<String> functions = found.functions();
      return functions == null || functions.contains(function)
          ? null
          : "it is for %s: allow it with %s --functions %s,%s"
              .formatted(
                  functions(functions),
                  OpenedSecrets.command(owner.value(), secret),
                  String.join(",", functions),
                  function);
    };
  }

  private static String functions(List<String> names) {
    return String.join(" and ", names) + " alone";
  }

  @Override
  public Mono<List<Value>> of(String owner, String function, List<String> names) {
    return opened.of(owner, function, names);
  }

  /** The values of a repository's owner, to keep them out of logs; those that can be read. */
  public Mono<List<byte[]>> ofRepository(long repository) {
    return opened.ofRepository(repository);
  }
}
