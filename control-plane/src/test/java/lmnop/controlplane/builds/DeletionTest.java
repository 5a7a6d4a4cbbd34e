package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.deletions.Deleted;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.revisions.Retention;
import lmnop.controlplane.revisions.RetentionSettings;
import lmnop.operations.database.Database;
import lmnop.providerapi.Crash;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.registry.table.RoutePolicy.Access;
import lmnop.tasks.Task;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A function that is deleted goes without a trace, and its name is free. */
@Timeout(300)
final class DeletionTest {
  private static final FunctionName HELLO = new FunctionName("hello");
  private static final Verdict LIVE = new Verdict.Live();
  private static final Verdict GONE =
      new Verdict.Refused(
          "'hello' was deleted since this push began: push again, and it begins anew");

  private static final Crash CRASH =
      new Crash(
          1,
          "hello-suffix1",
          1L,
          "hello-suffix1-1",
          "ended with exit code 1",
          1,
          null,
          List.of(),
          0,
          1,
          1,
          Instant.EPOCH,
          Instant.EPOCH,
          null,
          List.of());

  @TempDir Path data;

  private TestDeployments it;
  private TestDeletions its;

  @BeforeEach
  void start() throws IOException {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
    its = new TestDeletions(it, data);
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private InvokeTokens tokens() {
    return new InvokeTokens(it.control, new SecureRandom());
  }

  @Test
  void allOfItGoesAndIsWrittenDown() throws Exception {
    its.push();
    it.pushes.configure("GREETING", "hello");
    its.push();
    it.revisions.rollBack(OwnerName.DEFAULT, HELLO, 1, "operator").block();
    its.pushed(CompletableFuture.completedFuture(LIVE));
    tokens().add(OwnerName.DEFAULT, "ci", List.of("hello"), null, "operator").block();
    String function = its.text("SELECT id::text FROM functions");
    it.provider.crashed(function, "default", CRASH);
    long change = it.count("SELECT number FROM change_counter");

    its.delete("hello");

    assertThat(it.traffic()).isEqualTo("none");
    assertThat(it.count("SELECT number FROM change_counter")).isEqualTo(change + 1);
    assertThat(
            its.text(
                "SELECT array_to_string(hosts, ' ') FROM change_log WHERE number = "
                    + (change + 1)))
        .isEqualTo("hello.apps.localhost");
    assertThat(its.text("SELECT host_snapshot('hello.apps.localhost') ->> 'rules'"))
        .isEqualTo("[]");
    assertThat(its.text("SELECT named_function_snapshot('default', 'hello') ->> 'rules'"))
        .isEqualTo("[]");
    assertThat(it.provider.list("default")).as("its requests in flight end").isNotEmpty();
    its.finish();
    its.assertNothingIsLeft();
    assertThat(it.provider.crashes(function, "default")).isEmpty();
    assertThat(
            its.text(
                "SELECT actor || ' ' || subject || ' ' || outcome || ' ' || (detail ->> 'repository')"
                    + " FROM audit WHERE action = 'function.deleted'"))
        .isEqualTo("operator default/hello done deleted");
  }

  @Test
  void artifactsThatNoOtherFunctionNeedsGoWithTheNextCollection() throws Exception {
    its.push("hello=1", "other=1");
    String kept =
        its.text(
            "SELECT artifact FROM revisions r JOIN functions f ON f.id = r.function_id"
                + " WHERE f.name = 'other'");
    its.delete("hello");
    its.finish();
    try (Stream<Path> files = Files.list(it.artifacts().resolve("sha256"))) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      }
    }
    new Retention(
            it.control,
            it.artifacts(),
            new RetentionSettings(10, Duration.ofMinutes(1), Duration.ofMinutes(1)),
            Clock.systemUTC())
        .collect();
    try (Stream<Path> files = Files.list(it.artifacts().resolve("sha256"))) {
      assertThat(files.map(file -> "bundle@sha256:" + file.getFileName())).containsExactly(kept);
    }
  }

  @Test
  void itsPreviewsGoWithIt() throws Exception {
    its.push();
    it.pushes.previews(null, Access.PUBLIC);
    its.pushed(it.previewing("feature", null, it.commit(its.head(), "feature")));
    assertThat(it.provider.list("default")).hasSize(2);
    String host = its.text("SELECT host FROM routes WHERE kind = 'preview'");

    its.delete("hello");

    assertThat(
            its.text(
                "SELECT array_to_string(hosts, ' ') FROM change_log ORDER BY number DESC LIMIT 1"))
        .contains(host, "hello.apps.localhost");
    its.finish();
    its.assertNothingIsLeft();
  }

  @Test
  void whatIsUnderWayIsWaitedForAndNamed() throws Exception {
    its.push();
    it.workerStops();
    CompletableFuture<Verdict> second = its.pushing();
    await().until(() -> it.count("SELECT count(*) FROM builds WHERE state = 'WAITING'") == 1);
    long build = it.count("SELECT max(id) FROM builds");
    String words =
        "Build %d of commit %s by admin is under way: wait for its end"
            .formatted(build, Objects.requireNonNull(its.head()).substring(0, 7));
    assertThatThrownBy(() -> its.delete("hello"))
        .isInstanceOf(Refused.class)
        .hasMessage(words + ", or end it with ./lmnop cancel " + build + ".");
    it.workerAnswers(TestDeployments.done());
    Task task = it.claimRelease("test");
    assertThatThrownBy(() -> its.delete("hello"))
        .isInstanceOf(Refused.class)
        .hasMessage(words + ".");
    it.queue.finish(task, it.run.work(task, () -> {})).block();
    assertThat(second.get()).isEqualTo(LIVE);
    it.revisions.rollBack(OwnerName.DEFAULT, HELLO, 1, "ann").block();
    assertThatThrownBy(() -> its.delete("hello"))
        .isInstanceOf(Refused.class)
        .hasMessage("A release by ann is under way: wait for its end.");
    assertThat(it.count("SELECT count(*) FROM traffic WHERE weight = 100")).isEqualTo(1);
    its.pushed(CompletableFuture.completedFuture(LIVE));
    its.delete("hello");
    its.finish();
    its.assertNothingIsLeft();
  }

  @Test
  void ofTwoDeletionsAtOnceOneFindsNothing() throws Exception {
    for (int round = 0; round < 5; round++) {
      its.push();
      try (Database other = it.test.as("lmnop_control")) {
        List<CompletableFuture<Deleted>> both = new ArrayList<>();
        for (Database database : List.of(it.control, other)) {
          both.add(
              CompletableFuture.supplyAsync(
                  () -> its.delete(database, "hello"), Thread.ofVirtual()::start));
        }
        List<String> refused = new ArrayList<>();
        for (CompletableFuture<Deleted> one : both) {
          try {
            one.join();
          } catch (CompletionException e) {
            refused.add(String.valueOf(Objects.requireNonNull(e.getCause()).getMessage()));
          }
        }
        assertThat(refused)
            .containsExactly("default has no function 'hello': look for a typing error.");
      }
      its.finish();
      its.beginAnew();
    }
  }

  @Test
  void aPushThatComesTooLateIsRefusedInWordsAndTheNextOneBeginsAnew() throws Exception {
    its.push();
    String served = its.head();
    String second = it.commit(served, "two");
    its.delete("hello");
    assertThat(it.deploy(served, second)).isEqualTo(GONE);
    its.finish();
    its.assertNothingIsLeft();
    its.beginAnew();
    its.push();
    assertThat(it.count("SELECT number::bigint FROM revisions")).isEqualTo(1);
    assertThat(its.text("SELECT host FROM routes")).isEqualTo("hello.apps.localhost");
    assertThat(it.traffic()).matches("hello-suffix\\d+ 100");
  }

  /** Either the push is there first, or it is told that there is nothing to push to any more. */
  @Test
  void ofAPushAndADeletionAtOnceEitherOneIsRefused() throws Exception {
    for (int round = 0; round < 8; round++) {
      its.push();
      CompletableFuture<Deleted> deletion =
          CompletableFuture.supplyAsync(() -> its.delete("hello"), Thread.ofVirtual()::start);
      CompletableFuture<Verdict> second = its.pushing();
      @Nullable Deleted went = deletion.handle((done, refused) -> done).get();
      if (went == null) {
        its.pushed(second);
        its.delete("hello");
      } else {
        assertThat(second.get()).isEqualTo(GONE);
      }
      its.finish();
      its.assertNothingIsLeft();
      its.beginAnew();
    }
  }

  @Test
  void theNameIsFreeForEveryOwnerAndWhatStillDrainsIsAnotherWorkload() throws Exception {
    its.push();
    String old = it.traffic();
    its.delete("hello");
    its.beginAnew();
    its.push();
    String anew = it.traffic();
    assertThat(anew).isNotEqualTo(old);
    its.finish();
    assertThat(it.traffic()).isEqualTo(anew);
    assertThat(it.provider.list("default")).hasSize(1);
    its.delete("hello");
    its.finish();
    it.test.execute("INSERT INTO lmnop.owners (name) VALUES ('ann')");
    FunctionStore functions = new FunctionStore(it.control, "apps.localhost");
    assertThat(
            Objects.requireNonNull(
                    it.control
                        .inTransaction(
                            functions.claim(new OwnerName("ann"), 77, "hello", HELLO, "ann"))
                        .block())
                .hosts())
        .containsExactly("hello.apps.localhost");
  }

  @Test
  void ofAStackOneFunctionGoesAndTheOthersServeOn() throws Exception {
    its.push("cart=1", "pay=1");
    its.push("cart=2", "pay=1");
    it.revisions.rollBack(OwnerName.DEFAULT, new FunctionName("cart"), 1, "ann").block();
    its.pushed(CompletableFuture.completedFuture(LIVE));
    tokens().add(OwnerName.DEFAULT, "both", List.of("cart", "pay"), null, "operator").block();
    tokens().add(OwnerName.DEFAULT, "cart", List.of("cart"), null, "operator").block();
    String pay =
        its.text(
            "SELECT workload FROM traffic t JOIN functions f ON f.id = t.function_id"
                + " WHERE f.name = 'pay'");

    List<String> lines = new ArrayList<>();
    CompletableFuture<List<String>> command = deleting(null, "cart", "--yes");
    lines.addAll(finishing(command));

    assertThat(lines)
        .containsExactly(
            "cart of default goes, and nothing brings it back:",
            "  http://cart.apps.localhost:8080/",
            "  2 revisions",
            "  the repository 'hello' stays: it holds pay too",
            "  main of 'hello' still names it: the next push that does so makes it anew",
            "cart is deleted: its addresses answer 404, and its name is free.",
            "Nothing of it is left.");
    assertThat(it.traffic()).isEqualTo(pay + " 100");
    assertThat(its.repositories()).hasSize(1);
    assertThat(it.count("SELECT count(*) FROM revisions")).isEqualTo(1);
    assertThat(it.count("SELECT count(*) FROM releases WHERE cause = 'rollback'")).isZero();
    assertThat(it.count("SELECT count(*) FROM builds")).as("are of pay as well").isEqualTo(2);
    assertThat(
            its.text(
                "SELECT string_agg(name || ' ' || array_length(functions, 1), ', ') FROM invoke_tokens"))
        .isEqualTo("both 1");

    its.push("cart=2", "pay=1");
    assertThat(
            its.text(
                "SELECT string_agg(f.name || ' ' || v.number, ', ' ORDER BY f.name)"
                    + " FROM traffic t JOIN revisions v ON v.id = t.revision_id"
                    + " JOIN functions f ON f.id = t.function_id"))
        .isEqualTo("cart 1, pay 1");

    its.push("pay=1");
    assertThat(finishing(deleting(null, "cart", "--yes")))
        .contains("  the repository 'hello' stays: it holds pay too")
        .noneMatch(line -> line.contains("still names it"));
    assertThat(finishing(deleting(null, "pay", "--yes")))
        .contains("  the repository 'hello', with its branches, tags, builds and their logs");
    its.assertNothingIsLeft();
  }

  private CompletableFuture<List<String>> deleting(@Nullable String typed, String... arguments) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return its.command(typed, arguments);
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        Thread.ofVirtual()::start);
  }

  private List<String> finishing(CompletableFuture<List<String>> command) throws Exception {
    await()
        .until(() -> {
          its.finish();
          return command.isDone();
        });
    return command.get();
  }

  @Test
  void whoTypesSomethingElseOrHasNoTerminalDeletesNothing() throws Exception {
    its.push();
    assertThatThrownBy(() -> its.command("helo\n", "hello"))
        .isInstanceOf(Refused.class)
        .hasMessage("That is not its name: nothing is deleted.");
    assertThatThrownBy(() -> its.command("", "hello")).isInstanceOf(Refused.class);
    assertThatThrownBy(() -> its.command(null, "hello"))
        .isInstanceOf(Misused.class)
        .hasMessageContaining("--yes deletes it without");
    assertThatThrownBy(() -> its.command("hello\n", "hello", "--owner", "ann"))
        .isInstanceOf(Refused.class)
        .hasMessage("ann has no function 'hello': look for a typing error.");
    for (String[] misused :
        new String[][] {{}, {"hello", "more"}, {"hello", "--owner"}, {"--no", "hello"}}) {
      assertThatThrownBy(() -> its.command("hello\n", misused)).isInstanceOf(Misused.class);
    }
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    assertThat(finishing(deleting("hello\n", "hello")))
        .contains("Type its name to delete it:", "Nothing of it is left.");
    its.assertNothingIsLeft();
  }

  @Test
  void whatRunsIsRemovedOnceTheProviderIsBack() throws Exception {
    its.push();
    its.delete("hello");
    it.provider.failNext(new ProviderException(503, "away"));
    its.finish();
    assertThat(it.provider.list("default")).hasSize(1);
    assertThat(it.count("SELECT count(*) FROM deletions")).isEqualTo(1);
    it.test.execute("UPDATE lmnop.tasks SET due_at = now() WHERE kind = 'drain'");
    its.finish();
    its.assertNothingIsLeft();
  }

  /** A workload that somebody started who had lost the right to it is found and drained. */
  @Test
  void whatRunsAlthoughItsDrainHasEndedIsDrainedAgain() throws Exception {
    its.push();
    var deployment = it.provider.deployed().getLast();
    its.delete("hello");
    it.drain();
    it.provider.deploy(deployment);
    it.publishWorkloads();
    its.finishDeletions(it.control);
    assertThat(it.count("SELECT count(*) FROM deletions")).isEqualTo(1);
    its.finish();
    its.assertNothingIsLeft();
  }
}
