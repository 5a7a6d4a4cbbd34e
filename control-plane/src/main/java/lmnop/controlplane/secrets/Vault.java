package lmnop.controlplane.secrets;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Refused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What encrypts and decrypts secrets. Each value has a key of its own, so the master key is
 * exchanged without a value being touched.
 */
final class Vault {
  private static final Logger log = LoggerFactory.getLogger(Vault.class);

  private final SecretStore store;
  private final MasterKeys masterKeys;
  private final Sealing sealing;

  Vault(SecretStore store, MasterKeys masterKeys, SecureRandom random) {
    this.store = store;
    this.masterKeys = masterKeys;
    this.sealing = new Sealing(random);
  }

  /**
   * Makes a master key where there is none and nothing needs one; part of the surrounding
   * transaction, in which secrets are locked. Never where something needs another one: then the
   * file that is missing can be put back.
   */
  Mono<Void> prepare() {
    return needed().doOnNext(this::makeIfFirst).flatMap(this::check);
  }

  private Mono<List<SecretStore.Used>> needed() {
    return store.masterKeys().collectList();
  }

  private void makeIfFirst(List<SecretStore.Used> needed) {
    if (needed.isEmpty() && masterKeys.isMissing()) {
      MasterKeys.Key made = MasterKeys.Key.of(sealing.newKey());
      masterKeys.write(List.of(made));
      log.info("the master key {} of secrets is made, in {}", made.name(), masterKeys.file());
    }
  }

  /** Whether the file can be read, and has the key of everything that was encrypted. */
  private Mono<Void> check(List<SecretStore.Used> needed) {
    try {
      List<String> there = masterKeys.read().stream().map(MasterKeys.Key::name).toList();
      List<SecretStore.Used> unreadable =
          needed.stream().filter(used -> !there.contains(used.masterKey())).toList();
      return unreadable.isEmpty()
          ? Mono.empty()
          : Mono.error(
              new UnreadableSecrets(
                  "%s holds the master key %s, and secrets are encrypted with %s (%d of them)"
                      .formatted(
                          masterKeys.file(),
                          String.join(" and ", there),
                          unreadable.stream()
                              .map(SecretStore.Used::masterKey)
                              .collect(Collectors.joining(" and ")),
                          count(unreadable))));
    } catch (UnreadableSecrets e) {
      return Mono.error(
          needed.isEmpty()
              ? e
              : new UnreadableSecrets(
                  "%s, and secrets need it (%d of them)".formatted(e.getMessage(), count(needed))));
    }
  }

  List<String> keyNames() {
    try {
      return masterKeys.read().stream().map(MasterKeys.Key::name).toList();
    } catch (UnreadableSecrets e) {
      log.debug("there is no master key", e);
      return List.of();
    }
  }

  private static long count(List<SecretStore.Used> used) {
    return used.stream().mapToLong(SecretStore.Used::secrets).sum();
  }

  /** What to tell somebody who changes secrets while some cannot be read. */
  static Refused refused(UnreadableSecrets why) {
    return new Refused(
        "Secrets cannot be changed: %s. Put the right file back; if it is lost, remove those secrets, which nobody can read any more, and add them again."
            .formatted(why.getMessage()));
  }

  /** Encrypts a value under a key of its own; everything else of the secret is given. */
  SecretStore.Kept seal(SecretStore.Kept about, byte[] value) throws UnreadableSecrets {
    MasterKeys.Key master = masterKeys.read().getFirst();
    byte[] key = sealing.newKey();
    return new SecretStore.Kept(
        about.id(),
        about.owner(),
        about.ownerName(),
        about.name(),
        about.version(),
        about.functions(),
        sealing.seal(key, value, about.about()),
        sealing.seal(master.bytes(), key, about.about()),
        master.name());
  }

  byte[] open(SecretStore.Kept kept) throws UnreadableSecrets {
    return opened(keyOf(kept), kept.value(), kept);
  }

  private byte[] keyOf(SecretStore.Kept kept) throws UnreadableSecrets {
    return opened(masterKeys.read(kept.masterKey()).bytes(), kept.key(), kept);
  }

  private static byte[] opened(byte[] key, byte[] sealed, SecretStore.Kept kept)
      throws UnreadableSecrets {
    try {
      return Sealing.open(key, sealed, kept.about());
    } catch (GeneralSecurityException e) {
      throw new UnreadableSecrets(
          "what the database holds as '%s' of %s was not encrypted as that: %s"
              .formatted(kept.name(), kept.ownerName(), e.getMessage()));
    }
  }

  /**
   * Puts a new master key before those that are there; part of the surrounding transaction, in
   * which secrets are locked. From here on the file opens what was encrypted before and after.
   */
  Mono<MasterKeys.Key> addKey() {
    return prepare()
        .then(
            Mono.fromCallable(() -> {
              MasterKeys.Key fresh = MasterKeys.Key.of(sealing.newKey());
              List<MasterKeys.Key> keys = new ArrayList<>(List.of(fresh));
              keys.addAll(masterKeys.read());
              masterKeys.write(keys);
              return fresh;
            }));
  }

  /** Encrypts the keys of all values with a master key; returns how many. */
  Mono<Long> rewrap(MasterKeys.Key master) {
    return store
        .keys()
        .collectList()
        .flatMapMany(Flux::fromIterable)
        .concatMap(kept ->
            Mono.fromCallable(() -> sealing.seal(master.bytes(), keyOf(kept), kept.about()))
                .flatMap(key -> store.setKey(kept.id(), key, master.name())))
        .count();
  }

  /**
   * Removes master keys that nothing needs any more; part of a transaction in which secrets are
   * locked.
   */
  Mono<Void> removeOldKeys() {
    return needed()
        .flatMap(needed ->
            Mono.fromCallable(() -> {
              List<String> names = needed.stream().map(SecretStore.Used::masterKey).toList();
              List<MasterKeys.Key> keys = masterKeys.read();
              masterKeys.write(
                  keys.stream()
                      .filter(key ->
                          key.name().equals(keys.getFirst().name()) || names.contains(key.name()))
                      .toList());
              return true;
            }))
        .then();
  }
}
