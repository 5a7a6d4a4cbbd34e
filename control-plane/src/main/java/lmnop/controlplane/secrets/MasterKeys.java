package lmnop.controlplane.secrets;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import lmnop.operations.archive.Digest;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import org.jspecify.annotations.Nullable;

/**
 * The file with the master key: a line of base64. While the key is exchanged there are two lines,
 * the new one first, so that everything can be read at each moment.
 *
 * <p>It is read at each use: another process may have exchanged the key.
 */
final class MasterKeys {
  private static final int NAME_LENGTH = 12; // hexadecimal digits

  /** A master key, and what it is called. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares keys
  record Key(String name, byte[] bytes) {
    static Key of(byte[] bytes) {
      String text = "lmnop master key " + Base64.getEncoder().encodeToString(bytes);
      return new Key(Digest.of(text).hex().substring(0, NAME_LENGTH), bytes);
    }

    @Override
    public String toString() {
      return "Key[%s, hidden]".formatted(name);
    }
  }

  private final Path file;

  MasterKeys(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  boolean isMissing() {
    return Files.notExists(file);
  }

  /** All that are there, the one that is used from now on first. */
  List<Key> read() throws UnreadableSecrets {
    if (isMissing()) {
      throw new UnreadableSecrets("the file with the master key is missing: " + file);
    }
    List<Key> keys = new ArrayList<>();
    try {
      for (String line : new CredentialFile(file).read().value().lines().toList()) {
        byte[] bytes = Base64.getDecoder().decode(line.strip());
        if (bytes.length != Sealing.KEY_BYTES) {
          throw new UnreadableSecrets(file + " is no master key: it has the wrong length");
        }
        keys.add(Key.of(bytes));
      }
    } catch (IllegalArgumentException e) {
      throw new UnreadableSecrets(
          "%s is no master key, which is a line of base64: %s".formatted(file, e.getMessage()));
    } catch (IllegalStateException | UncheckedIOException e) {
      throw new UnreadableSecrets(String.valueOf(e.getMessage()));
    }
    return keys;
  }

  /** The key of a name. */
  Key read(String name) throws UnreadableSecrets {
    List<Key> keys = read();
    @Nullable Key key =
        keys.stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
    if (key == null) {
      throw new UnreadableSecrets(
          "it was encrypted with the master key %s, and %s holds %s"
              .formatted(name, file, names(keys)));
    }
    return key;
  }

  static String names(List<Key> keys) {
    return keys.stream().map(Key::name).collect(Collectors.joining(" and "));
  }

  /** Replaces the file; a reader sees the one or the other. */
  void write(List<Key> keys) {
    new CredentialFile(file)
        .write(
            new Token(
                keys.stream()
                    .map(key -> Base64.getEncoder().encodeToString(key.bytes()))
                    .collect(Collectors.joining("\n"))));
  }
}
