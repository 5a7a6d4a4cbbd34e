package lmnop.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.database.Migrations;

/**
 * A database of its own for a test, migrated, in a real PostgreSQL that the test JVM starts once.
 *
 * <p>{@link #as} logs in as one of the apps' roles, so that a test meets the same grants as the
 * app.
 */
public final class TestDatabase implements AutoCloseable {
  private static final AtomicInteger counter = new AtomicInteger();
  private static final String PASSWORD = "test-password";

  private final String name;
  private final Path passwordFile;
  private final Supplier<EmbeddedPostgres> server;

  public TestDatabase() {
    this("test_" + counter.incrementAndGet(), () -> Server.RUNNING);
    execute("postgres", "CREATE DATABASE " + name + " TEMPLATE " + Migrated.NAME);
  }

  /** A database in a server of the test's own. */
  public TestDatabase(PostgresServer own) {
    this("test_" + counter.incrementAndGet(), own::running);
    createAndMigrate();
  }

  private TestDatabase(String name, Supplier<EmbeddedPostgres> server) {
    this.name = name;
    this.server = server;
    try {
      passwordFile = Files.createTempDirectory("lmnop-test").resolve("password");
      new CredentialFile(passwordFile).write(new Token(PASSWORD));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void createAndMigrate() {
    execute("postgres", "CREATE DATABASE " + name);
    Migrations.apply(settings("postgres"));
    for (String app : new String[] {"router", "control", "worker", "provider"}) {
      execute("postgres", "ALTER ROLE lmnop_" + app + " LOGIN PASSWORD '" + PASSWORD + "'");
    }
  }

  /** Opens a pool as the given role: {@code lmnop_router}, {@code postgres}, … */
  public Database as(String role) {
    return new Database(settings(role));
  }

  /** Settings that log in as the given role. */
  public DatabaseSettings settings(String role) {
    return new DatabaseSettings(
        "127.0.0.1", server.get().getPort(), name, role, passwordFile, 8, Duration.ofSeconds(10));
  }

  /** Runs a statement as the superuser in this database. */
  public void execute(String statement) {
    execute(name, statement);
  }

  private void execute(String database, String statement) {
    try (Connection connection = server.get().getDatabase("postgres", database).getConnection();
        Statement sql = connection.createStatement()) {
      sql.execute(statement);
    } catch (SQLException e) {
      throw new IllegalStateException("test statement failed: " + statement, e);
    }
  }

  @Override
  public void close() {
    execute("postgres", "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    deletePassword();
  }

  private void deletePassword() {
    try {
      Files.delete(passwordFile);
      Files.delete(passwordFile.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Started by the first test that needs it; ends with the test JVM. */
  private static final class Server {
    static final EmbeddedPostgres RUNNING = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder().setServerConfig("max_connections", "100").start();
      } catch (IOException e) {
        throw new UncheckedIOException("no PostgreSQL for the tests", e);
      }
    }
  }

  /**
   * What the databases of the shared server are copies of: to migrate takes longer than to copy.
   */
  private static final class Migrated {
    static final String NAME = make();

    private static String make() {
      TestDatabase template = new TestDatabase("migrated", () -> Server.RUNNING);
      template.createAndMigrate();
      template.deletePassword();
      return template.name;
    }
  }
}
