package lmnop.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.database.Migrations;
import lmnop.testkit.TestDatabase;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** A database that an older lmnop made, and the numbers of whose migrations go on from there. */
final class UpgradeTest {
  private static final Pattern OLD = Pattern.compile("V(1|10|11|12|13|20)__.*");

  @TempDir Path temp;

  @Test
  void aDatabaseOfAnOlderLmnopGetsWhatHasALowerNumberThanItsNewest() throws Exception {
    try (TestDatabase test = new TestDatabase()) {
      DatabaseSettings old = another(test.settings("postgres"));
      test.execute("CREATE DATABASE " + old.name());
      try {
        migrateAsBefore(old);
        assertThat(Migrations.apply(old)).isPositive();
        assertThat(Migrations.apply(old)).as("a second time").isZero();
        assertThat(claimTakesOwners(old)).isEqualTo(1);
      } finally {
        test.execute("DROP DATABASE " + old.name() + " WITH (FORCE)");
      }
    }
  }

  private static DatabaseSettings another(DatabaseSettings of) {
    return new DatabaseSettings(
        of.host(),
        of.port(),
        of.name() + "_old",
        of.user(),
        of.passwordFile(),
        of.poolSize(),
        of.statementTimeout());
  }

  private void migrateAsBefore(DatabaseSettings old) throws IOException {
    for (Resource migration :
        new PathMatchingResourcePatternResolver()
            .getResources("classpath*:lmnop/migrations/*.sql")) {
      String name = Objects.requireNonNull(migration.getFilename());
      if (OLD.matcher(name).matches()) {
        try (InputStream in = migration.getInputStream()) {
          Files.copy(in, temp.resolve(name));
        }
      }
    }
    Flyway.configure()
        .dataSource(
            "jdbc:postgresql://%s:%d/%s".formatted(old.host(), old.port(), old.name()),
            old.user(),
            new CredentialFile(old.passwordFile()).read().value())
        .schemas("lmnop")
        .locations("filesystem:" + temp)
        .placeholderReplacement(false)
        .load()
        .migrate();
  }

  private static long claimTakesOwners(DatabaseSettings settings) {
    try (Database database = new Database(settings)) {
      return Objects.requireNonNull(
          database
              .one(
                  "SELECT count(*) FROM pg_proc"
                      + " WHERE proname = 'claim_task' AND 'p_per_owner' = ANY (proargnames)",
                  Map.of(),
                  row -> Objects.requireNonNull(row.get(0, Long.class)))
              .block());
    }
  }
}
