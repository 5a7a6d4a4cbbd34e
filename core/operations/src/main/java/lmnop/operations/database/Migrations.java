package lmnop.operations.database;

import java.util.Map;
import lmnop.operations.credentials.CredentialFile;
import org.flywaydb.core.Flyway;

/**
 * Brings the schema {@code lmnop} to the newest version on the class path, as the schema's owner.
 *
 * <p>Runs in the control plane before anything else. Two that start at once wait for each other.
 */
public final class Migrations {
  private Migrations() {}

  /** Applies what is missing; returns how many migrations that were. */
  public static int apply(DatabaseSettings owner) {
    String url = "jdbc:postgresql://%s:%d/%s".formatted(owner.host(), owner.port(), owner.name());
    return Flyway.configure()
        .dataSource(url, owner.user(), new CredentialFile(owner.passwordFile()).read().value())
        .schemas("lmnop")
        .createSchemas(true)
        .locations("classpath:lmnop/migrations")
        .connectRetries(30)
        .connectRetriesInterval(4) // seconds at most: a database that comes later is seen soon
        .placeholderReplacement(false)
        // each module counts for itself, so what is new may have a lower number than what was there
        .outOfOrder(true)
        .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
        .load()
        .migrate()
        .migrationsExecuted;
  }
}
