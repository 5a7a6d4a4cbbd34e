package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import lmnop.controlplane.deletions.Deleted;
import lmnop.controlplane.deletions.DeletionCommand;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.releases.Releases;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.Task;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;

/** A function that is pushed and deleted, and all that there was before. */
final class TestDeletions {
  private static final Verdict LIVE = new Verdict.Live();

  /** What happened stays written down, and what counts the whole platform. */
  private static final Set<String> CHRONICLES =
      Set.of("audit", "change_log", "change_counter", "task_turns", "flyway_schema_history");

  private final TestDeployments deployments;
  private final Path data;
  private final SortedMap<String, Long> before;
  private @Nullable String head;

  TestDeletions(TestDeployments deployments, Path data) {
    this.deployments = deployments;
    this.data = data;
    this.before = rows();
  }

  /** The commit that was pushed last. */
  @Nullable String head() {
    return head;
  }

  /** How many rows each table has. */
  SortedMap<String, Long> rows() {
    SortedMap<String, Long> rows = new TreeMap<>();
    try (Database all = deployments.test.as("postgres")) {
      List<String> tables =
          Objects.requireNonNull(
              all.all(
                      "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'lmnop'::regnamespace"
                          + " AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
                      Map.of(),
                      row -> String.valueOf(row.get(0, String.class)))
                  .collectList()
                  .block());
      for (String table : tables) {
        if (!CHRONICLES.contains(table)) {
          rows.put(
              table,
              all.one(
                      "SELECT count(*) FROM lmnop." + table,
                      Map.of(),
                      row -> Objects.requireNonNull(row.get(0, Long.class)))
                  .block());
        }
      }
    }
    return rows;
  }

  /** Pushes functions, as {@code cart=1} for one with the files of that name, and releases them. */
  void push(String... functions) throws Exception {
    pushed(pushing(functions));
  }

  CompletableFuture<Verdict> pushing(String... functions) throws IOException {
    TreeMap<String, String> sources = new TreeMap<>();
    for (String function : functions) {
      sources.put(function.split("=", 2)[0], function.split("=", 2)[1]);
    }
    deployments.pushes.functionsAre(sources);
    String parent = head;
    head = deployments.commit(parent, "commit " + System.nanoTime());
    return deployments.deploying(parent, head);
  }

  void pushed(CompletableFuture<Verdict> pushing) throws Exception {
    Task task = deployments.claimRelease("test");
    deployments.queue.finish(task, deployments.run.work(task, () -> {})).block();
    assertThat(pushing.get()).isEqualTo(LIVE);
    deployments.publishWorkloads();
  }

  /** A repository of which nothing was pushed yet. */
  void beginAnew() throws IOException {
    deployments.beginAnew();
    head = null;
  }

  Deleted delete(String function) {
    return delete(deployments.control, function);
  }

  Deleted delete(Database database, String function) {
    return Objects.requireNonNull(
        deletions(database)
            .delete(OwnerName.DEFAULT, new FunctionName(function), "operator")
            .block());
  }

  /** Deletes functions in another process: with its own way to the database. */
  Deletions deletions(Database database) {
    TaskQueue queue = new TaskQueue(database);
    return new Deletions(database, queue, new Releases(database, queue));
  }

  /** What an operator reads who deletes a function, and types this, or has no terminal. */
  List<String> command(@Nullable String typed, String... arguments)
      throws IOException, InterruptedException {
    List<String> lines = new CopyOnWriteArrayList<>();
    new DeletionCommand(
            deletions(deployments.control),
            new FunctionUrls(
                deployments.control, URI.create("http://localhost:8080"), "apps.localhost"),
            deployments.routers,
            Pace.real(),
            typed == null ? null : new BufferedReader(new StringReader(typed)),
            lines::add)
        .run(arguments);
    return lines;
  }

  /** Removes what is left of functions that are deleted, in a process of its own as well. */
  void finishDeletions(Database database) {
    deletions(database).run(deployments.repositories, deployments.provider).finish();
  }

  /** All that control plane and provider do by and by. */
  void finish() {
    deployments.drain();
    deployments.publishWorkloads();
    finishDeletions(deployments.control);
  }

  List<Path> repositories() throws IOException {
    try (Stream<Path> folders = Files.list(data.resolve("repositories"))) {
      return folders.toList();
    }
  }

  void assertNothingIsLeft() throws IOException {
    assertThat(rows()).isEqualTo(before);
    assertThat(deployments.provider.list("default")).isEmpty();
    assertThat(repositories()).isEmpty();
  }

  String text(String statement) {
    return Objects.requireNonNull(
        deployments
            .control
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }
}
