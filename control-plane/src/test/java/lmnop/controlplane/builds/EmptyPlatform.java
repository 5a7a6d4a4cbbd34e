package lmnop.controlplane.builds;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.backup.Restore;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.git.RepositoryCopies;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.secrets.Secrets;
import lmnop.operations.archive.Trees;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.TestDatabase;

/** A platform as it is after its first start, into which backups are restored. */
final class EmptyPlatform implements AutoCloseable {
  final TestDatabase test = new TestDatabase();
  final Database control = test.as("lmnop_control");
  final Path folder;
  final Repositories repositories;
  final Secrets secrets;
  final Releases releases = new Releases(control, new TaskQueue(control));

  EmptyPlatform(Path folder) {
    this.folder = folder;
    test.execute(
        "INSERT INTO lmnop.owners (name) VALUES ('default');"
            + " INSERT INTO lmnop.accounts (name, password_hash) VALUES ('admin', 'new')");
    repositories = new Repositories(folder);
    secrets = TestSecrets.in(folder, control, new Revisions(control, releases, () -> "suffix"));
  }

  void restore(Path file) throws IOException {
    restore(file, false);
  }

  void restore(Path file, boolean withoutMasterKey) throws IOException {
    restore(test.settings("postgres"), folder, repositories).from(file, withoutMasterKey);
  }

  private Restore restore(DatabaseSettings owner, Path folder, Repositories repositories) {
    return new Restore(
        new Restore.Target(
            owner, new RepositoryCopies(repositories), folder, folder.resolve("artifacts")),
        secrets::masterKeys,
        line -> {});
  }

  /** Does the same in a process of its own. */
  Process restoring(Path file) throws IOException {
    DatabaseSettings owner = test.settings("postgres");
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            ManagementFactory.getRuntimeMXBean().getClassPath(),
            EmptyPlatform.class.getName(),
            Integer.toString(owner.port()),
            owner.name(),
            owner.passwordFile().toString(),
            folder.toString(),
            file.toString())
        .inheritIO()
        .start();
  }

  /** Restores until it is killed. */
  public static void main(String... arguments) throws IOException {
    DatabaseSettings owner =
        new DatabaseSettings(
            "127.0.0.1",
            Integer.parseInt(arguments[0]),
            arguments[1],
            "postgres",
            Path.of(arguments[2]),
            1,
            Duration.ofSeconds(10));
    Path folder = Path.of(arguments[3]);
    try (Repositories repositories = new Repositories(folder)) {
      new Restore(
              new Restore.Target(
                  owner, new RepositoryCopies(repositories), folder, folder.resolve("artifacts")),
              List::of,
              System.out::println)
          .from(Path.of(arguments[4]), true);
    }
  }

  long count(String statement) {
    return Objects.requireNonNull(
        control
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block());
  }

  List<Path> folders() throws IOException {
    return Trees.children(folder.resolve("repositories"));
  }

  /** Whether nothing of a backup is here. */
  boolean isUntouched() throws IOException {
    return count("SELECT count(*) FROM functions") == 0
        && folders().isEmpty()
        && !Files.exists(folder.resolve("artifacts"))
        && !Restore.isUnfinished(folder);
  }

  @Override
  public void close() throws IOException {
    repositories.close();
    control.close();
    test.close();
  }
}
