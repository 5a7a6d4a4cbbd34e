package lmnop.controlplane.builds;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Objects;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.secrets.SecretName;
import lmnop.controlplane.secrets.Secrets;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;

/** Secrets of the owner {@code default}. */
final class TestSecrets {
  private TestSecrets() {}

  /** Those of a database, with a master key in a folder. */
  static Secrets in(Path folder, Database database, Revisions revisions) {
    return new Secrets(database, folder.resolve("master-key"), new SecureRandom(), revisions);
  }

  /** Adds one, or gives it another value. */
  static Secrets.Put put(Secrets secrets, String name, String value, boolean roll) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return Objects.requireNonNull(
        secrets.put(OwnerName.DEFAULT, new SecretName(name), bytes, null, roll, "ada").block());
  }

  static void add(Secrets secrets, String name, String value) {
    put(secrets, name, value, false);
  }
}
