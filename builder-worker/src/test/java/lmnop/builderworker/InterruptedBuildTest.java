package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTool({"python3", "bwrap"})
class InterruptedBuildTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  @TempDir Path temp;
  private WorkerFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new WorkerFixture(temp);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aCancelledBuildIsEndedWithItsProcesses() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var build = fixture.submit(slow("4001"), "python3", Map.of());
      awaitSleeping(build, "4001");

      fixture.sql("SELECT cancel_task(%d)".formatted(build.taskId()));

      await().atMost(SOON).until(() -> sleeping("4001").isEmpty());
      await().atMost(SOON).until(() -> workspaces("one").isEmpty());
      assertThat(fixture.state(build).state()).isEqualTo("CANCELLED");
    }
  }

  @Test
  void aCancelledBuildIsEndedAlsoWhereTheNoticeOfItIsLost() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var build = fixture.submit(slow("4008"), "python3", Map.of());
      awaitSleeping(build, "4008");

      fixture.sql(
          "UPDATE tasks SET state = 'CANCELLED', lease_until = NULL WHERE id = %d"
              .formatted(build.taskId()));

      // It learns of it at its next beat.
      await().atMost(Duration.ofSeconds(20)).until(() -> sleeping("4008").isEmpty());
      await().atMost(SOON).until(() -> workspaces("one").isEmpty());
      assertThat(fixture.state(build).state()).isEqualTo("CANCELLED");
    }
  }

  @Test
  void aBuildWhoseLogIsRefusedHasLostItsTaskAndStops() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var build = fixture.submit(slow("4002"), "python3", Map.of());
      awaitSleeping(build, "4002");
      fixture.sql(
          "UPDATE tasks SET fence = fence + 1, lease_until = now() + interval '30 seconds'");

      fixture.controlPlane.answerLogsWith(409);

      // The next line is the one that says that the step is still running.
      await().atMost(Duration.ofSeconds(20)).until(() -> sleeping("4002").isEmpty());
      await().atMost(SOON).until(() -> workspaces("one").isEmpty());
      assertThat(fixture.state(build).state()).isEqualTo("RUNNING");
    }
  }

  @Test
  void aWorkerThatStopsGivesItsBuildBackAndAnotherEndsIt() throws Exception {
    Path marker = temp.resolve("second-attempt");
    BuilderWorker first = fixture.worker("one");
    var build = fixture.submit(slow("4003"), "python3", Map.of());
    awaitSleeping(build, "4003");

    first.close();

    assertThat(sleeping("4003")).isEmpty();
    assertThat(workspaces("one")).isEmpty();
    assertThat(fixture.state(build).state()).isEqualTo("WAITING");
    assertThat(marker).doesNotExist();
    fixture.controlPlane.source(build.buildId(), quick());
    try (BuilderWorker second = fixture.worker("two")) {
      assertThat(fixture.end(build).state()).isEqualTo("DONE");
    }
  }

  @Test
  void aKilledWorkerLeavesNothingRunningAndAnotherTakesItsBuild() throws Exception {
    Process killed = fixture.workerProcess("one", Map.of());
    var build = fixture.submit(slow("4004"), "python3", Map.of());
    awaitSleeping(build, "4004");

    killed.destroyForcibly().waitFor();

    await().atMost(SOON).until(() -> sleeping("4004").isEmpty());
    assertThat(workspaces("one")).isNotEmpty();
    fixture.controlPlane.source(build.buildId(), quick());
    fixture.sql("UPDATE tasks SET lease_until = now() - interval '1 second'");
    try (BuilderWorker again = fixture.worker("one")) {
      assertThat(fixture.end(build).state()).isEqualTo("DONE");
      await().atMost(SOON).until(() -> workspaces("one").isEmpty());
    }
  }

  @Test
  void aBuildThatTakesTooLongIsEndedInWords() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", "step-timeout=2s")) {
      var build = fixture.submit(slow("4005"), "python3", Map.of());
      var end = fixture.end(build);

      assertThat(end.text("fault")).isEqualTo("user");
      assertThat(end.text("message")).contains("initialize took longer than 2 seconds");
      assertThat(sleeping("4005")).isEmpty();
    }
  }

  @Test
  void aStageThatTakesTooLongIsEndedInWords() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", "template-timeout=2s")) {
      var build = fixture.submit(slow("4006"), "python3", Map.of());
      var end = fixture.end(build);

      assertThat(end.text("stage")).isEqualTo("TEMPLATE");
      assertThat(end.text("fault")).isEqualTo("user");
      assertThat(end.text("message")).contains("longer than 2 seconds, the time of this stage");
      assertThat(sleeping("4006")).isEmpty();
      assertThat(workspaces("one")).isEmpty();
    }
  }

  @Test
  void aSourceThatDoesNotComeEndsTheBuildInWords() throws Exception {
    fixture.controlPlane.answerSourceWith(503);
    try (BuilderWorker worker = fixture.worker("one", "checkout-timeout=1s")) {
      var end = fixture.end(fixture.submit(quick(), "python3", Map.of()));

      assertThat(end.text("stage")).isEqualTo("CHECKOUT");
      assertThat(end.text("fault")).isEqualTo("platform");
      assertThat(end.text("message")).contains("longer than 1 second, the time of this stage");
    }
  }

  @Test
  void aBuildDoesNotBeginOnADiskThatIsAlmostFull() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", "free-disk=900TB")) {
      var build = fixture.submit(quick(), "python3", Map.of());
      var end = fixture.end(build);

      assertThat(end.text("fault")).isEqualTo("platform");
      assertThat(end.text("message")).contains("of its disk free and begins no build with less");
      assertThat(fixture.controlPlane.texts(build.buildId()))
          .anyMatch(l -> l.contains("disk free"));
      assertThat(fixture.controlPlane.calls()).noneMatch(call -> call.endsWith("source"));
    }
  }

  @Test
  void ofOneOwnerNoMoreBuildsRunThanTheWorkerAllows() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", "concurrency-per-owner=1")) {
      var first = fixture.submit(slow("4007"), "python3", Map.of());
      awaitSleeping(first, "4007");
      var second = fixture.submit(quick(), "python3", Map.of());
      var third = fixture.submit(quick(), "python3", Map.of());
      assertThat(fixture.state(second).state()).isEqualTo("WAITING");

      fixture.sql("SELECT cancel_task(%d)".formatted(first.taskId()));

      assertThat(fixture.end(second).state()).isEqualTo("DONE");
      assertThat(fixture.end(third).state()).isEqualTo("DONE");
    }
  }

  @Test
  void aStepThatNeedsTooMuchMemoryIsEndedInWords() throws Exception {
    Repository greedy =
        Repository.python(Files.createTempDirectory(temp, "repository"), "x")
            .program("initialize", "#!/usr/bin/python3\nx = bytearray(400_000_000)\n");
    try (BuilderWorker worker = fixture.worker("one", "step-memory=128MB")) {
      var end = fixture.end(fixture.submit(greedy.tar(), "python3", Map.of()));

      assertThat(end.text("message")).contains("more than the 128 MiB of memory");
    }
  }

  @Test
  void aTreeThatReachesOutOfItselfIsRefused() throws Exception {
    Path root = Files.createTempDirectory(temp, "evil");
    Files.createSymbolicLink(root.resolve("function"), Path.of("/etc"));
    byte[] tar = FakeControlPlane.tar(root);
    try (BuilderWorker worker = fixture.worker("one")) {
      var end = fixture.end(fixture.submit(tar, "python3", Map.of()));

      assertThat(end.text("stage")).isEqualTo("CHECKOUT");
      assertThat(end.text("fault")).isEqualTo("user");
      assertThat(end.text("message")).contains("the link 'function' points to '/etc'");
    }
  }

  @Test
  void aLinkOutOfTheCodeThatInitializeLeavesIsRefused() throws Exception {
    Repository linking =
        Repository.python(Files.createTempDirectory(temp, "repository"), "x")
            .program("initialize", "#!/bin/sh\nln -s /etc/passwd here\n");
    try (BuilderWorker worker = fixture.worker("one")) {
      var end = fixture.end(fixture.submit(linking.tar(), "python3", Map.of()));

      assertThat(end.text("stage")).isEqualTo("ARTIFACT");
      assertThat(end.text("message")).contains("'function/here'", "/etc/passwd");
    }
  }

  @Test
  void aControlPlaneThatIsAwayForAWhileIsWaitedFor() throws Exception {
    fixture.controlPlane.answerSourceWith(503);
    try (BuilderWorker worker = fixture.worker("one")) {
      var build = fixture.submit(quick(), "python3", Map.of());
      await()
          .until(() ->
              fixture.controlPlane.calls().stream().filter(c -> c.endsWith("source")).count() > 2);

      fixture.controlPlane.answerSourceWith(200);

      assertThat(fixture.end(build).state()).isEqualTo("DONE");
    }
  }

  @Test
  void aWorkerThatCannotNameAFileSaysHowToStartIt() throws Exception {
    Repository umlaut =
        Repository.python(Files.createTempDirectory(temp, "repository"), "x")
            .file("function/grüße.txt", "x");
    var build = fixture.submit(umlaut.tar(), "python3", Map.of());
    Process worker = fixture.workerProcess("one", Map.of("LC_ALL", "C"));
    try {
      var end = fixture.end(build);

      assertThat(end.text("fault")).isEqualTo("platform");
      assertThat(end.text("message")).contains("must be started with LC_ALL=C.UTF-8");
    } finally {
      worker.destroy();
      assertThat(worker.waitFor()).as("the exit code of a worker that is asked to end").isZero();
    }
  }

  @Test
  void aWorkDirectoryHasOneWorker() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      assertThatThrownBy(() -> fixture.worker("one"))
          .isInstanceOf(BuilderWorker.CannotStart.class)
          .hasMessageContaining("belongs to a worker that is running");
    }
  }

  private byte[] slow(String seconds) throws IOException {
    return Repository.python(Files.createTempDirectory(temp, "repository"), "x")
        .program(
            "initialize",
            "#!/bin/sh\necho sleeping\nsetsid sleep " + seconds + " &\nsleep " + seconds + "\n")
        .tar();
  }

  private byte[] quick() throws IOException {
    return Repository.python(Files.createTempDirectory(temp, "repository"), "x").tar();
  }

  private void awaitSleeping(WorkerFixture.Submitted build, String seconds) {
    fixture.awaitLine(build, "sleeping");
    await().until(() -> sleeping(seconds).size() == 2);
  }

  private static List<String> sleeping(String seconds) {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.matches("(.*/)?sleep " + seconds))
        .toList();
  }

  private List<Path> workspaces(String worker) throws IOException {
    try (Stream<Path> list = Files.list(fixture.work(worker).resolve("builds"))) {
      return list.toList();
    }
  }
}
