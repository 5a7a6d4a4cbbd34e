package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.releases.Releases;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pushes by the real git to a function that is deleted meanwhile. */
@RequiresTool("git")
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class DeletedFunctionTest {
  private static final String WORDS =
      "was deleted since this push began: push again, and it begins anew";

  @TempDir Path folder;
  private GitServer server;

  @BeforeAll
  void start() {
    server = new GitServer();
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  private Deletions deletions() {
    TaskQueue queue = new TaskQueue(server.database);
    return new Deletions(server.database, queue, new Releases(server.database, queue));
  }

  private void delete(String name) {
    assertThat(deletions().delete(OwnerName.DEFAULT, new FunctionName(name), "operator").block())
        .isNotNull();
  }

  /** Git has asked what is there, and sends after that. */
  @Test
  void aPushThatKnowsTheOldRefsIsRefusedAndTheNextOneBeginsAnew() throws Exception {
    Work work = Work.function(folder);
    assertThat(work.push(server.url("between"), "main").succeeded()).isTrue();
    Path old = server.folder("between");
    Path asked = work.folder.resolve(".git/asked");
    Path go = work.folder.resolve(".git/go");
    Path hook =
        Files.writeString(
            Files.createDirectories(work.folder.resolve(".git/hooks")).resolve("pre-push"),
            "#!/bin/sh\ntouch .git/asked\nwhile [ ! -e .git/go ]; do sleep 0.02; done\n");
    assertThat(hook.toFile().setExecutable(true)).isTrue();
    work.commit("more", "more");
    CompletableFuture<Work.Run> pushing =
        CompletableFuture.supplyAsync(
            () -> work.push(server.url("between"), "main", "main:other"),
            Thread.ofVirtual()::start);
    await().until(() -> Files.exists(asked));
    delete("between");
    Files.createFile(go);
    Work.Run pushed = pushing.get();
    assertThat(pushed.succeeded()).isFalse();
    assertThat(pushed.output()).contains("'between' " + WORDS);

    deletions().run(server.repositories, new FakeFunctionProvider()).finish();
    assertThat(old).doesNotExist();
    Work.Run again = work.push(server.url("between"), "main", "main:other");
    assertThat(again.succeeded()).as(again.output()).isTrue();
    assertThat(server.folder("between")).isNotEqualTo(old).exists();
  }

  @Test
  void aPushWhoseRowsAreGoneWhenItIsDeployedIsRefusedInWords() {
    Work work = Work.function(folder);
    assertThat(work.push(server.url("during"), "main").succeeded()).isTrue();
    work.commit("more", "more");
    server.deployer.becomes((push, line) -> {
      delete("during");
      throw new IllegalStateException("there is no such row");
    });
    Work.Run pushed = work.push(server.url("during"), "main");
    server.deployer.becomesUsual();
    assertThat(pushed.succeeded()).isFalse();
    assertThat(pushed.output()).contains("'during' " + WORDS).doesNotContain("the platform failed");
  }

  @Test
  void theFolderStaysWhileAPushIsReceivedThere() throws IOException {
    assertThat(Work.function(folder).push(server.url("held"), "main").succeeded()).isTrue();
    Path held = server.folder("held");
    long id = Long.parseLong(held.getFileName().toString().replace(".git", ""));
    Deletions deletions = deletions();
    Quarantine receiving = server.repositories.quarantine(id);
    delete("held");
    deletions.run(server.repositories, new FakeFunctionProvider()).finish();
    assertThat(held.resolve("HEAD")).exists();
    receiving.close();
    deletions.run(server.repositories, new FakeFunctionProvider()).finish();
    assertThat(held).doesNotExist();
    assertThat(server.count("SELECT count(*) AS n FROM deletions")).isZero();
  }

  @Test
  void nobodyReceivesIntoARepositoryThatIsGone() throws IOException {
    assertThat(Work.function(folder).push(server.url("late"), "main").succeeded()).isTrue();
    Path late = server.folder("late");
    long id = Long.parseLong(late.getFileName().toString().replace(".git", ""));
    assertThat(server.repositories.remove(id)).isTrue();
    assertThat(server.repositories.remove(id)).as("again").isTrue();
    assertThatThrownBy(() -> server.repositories.quarantine(id)).isInstanceOf(IOException.class);
    assertThat(late).doesNotExist();
  }
}
