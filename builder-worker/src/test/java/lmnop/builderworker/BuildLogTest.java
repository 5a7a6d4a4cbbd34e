package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTool({"python3", "bwrap"})
class BuildLogTest {
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
  void linesArriveWhileTheBuildRunsInOrderWithTheirStage() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var build = submit("seq -f 'line %g' 0 499; exec sleep 3600");
      fixture.awaitLine(build, "line 499");

      assertThat(fixture.state(build).state()).isEqualTo("RUNNING");
      List<String> lines =
          fixture.controlPlane.texts(build.buildId()).stream()
              .filter(line -> line.startsWith("line "))
              .toList();
      assertThat(lines).hasSize(500).startsWith("line 0", "line 1").endsWith("line 499");
      assertThat(fixture.controlPlane.log(build.buildId()).getFirst().stage())
          .isEqualTo("CHECKOUT");
    }
  }

  @Test
  void manyLinesTravelTogether() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var build = submit("seq 1 20000");
      fixture.end(build);

      assertThat(fixture.controlPlane.texts(build.buildId())).contains("1", "20000");
      assertThat(fixture.controlPlane.calls())
          .filteredOn(call -> call.endsWith("/log"))
          .hasSizeLessThan(200);
    }
  }

  @Test
  void passwordsOfRegistriesDoNotLeaveTheWorker() throws Exception {
    String mirror =
        "dependency-environment[PIP_EXTRA_INDEX_URL]=https://me:S3cret%2Fword@[::1]/pip";
    try (BuilderWorker worker =
        fixture.worker("one", mirror, "dependency-environment[NPM_TOKEN]=npm-0123456789")) {
      var build =
          submit("echo as written S3cret%2Fword; echo as meant S3cret/word npm-0123456789 ends");
      fixture.end(build);

      assertThat(fixture.controlPlane.texts(build.buildId()))
          .contains("as written ***", "as meant *** *** ends");
    }
  }

  @Test
  void aLogWithoutEndIsCutAndSaysSoAndTheBuildGoesOn() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var build =
          submit("yes 0123456789012345678901234567890123456789 | head -c 20000000; echo last");
      var end = fixture.end(build);

      assertThat(end.state()).isEqualTo("DONE");
      List<String> lines = fixture.controlPlane.texts(build.buildId());
      assertThat(lines.stream().mapToLong(String::length).sum()).isBetween(9L << 20, 11L << 20);
      assertThat(lines)
          .contains("… the log is longer than 10 MiB: the rest of the output is left out")
          .doesNotContain("last")
          .last()
          .asString()
          .startsWith("bundle@sha256:");
    }
  }

  @Test
  void theManagementPageCountsBuildsAndStages() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (BuilderWorker worker = fixture.worker("one", "management.port=" + port);
        HttpClient http = HttpClient.newHttpClient()) {
      URI ready = URI.create("http://127.0.0.1:" + port + "/health/ready");
      await()
          .until(() ->
              http.send(HttpRequest.newBuilder(ready).build(), BodyHandlers.ofString()).statusCode()
                  == 200);
      fixture.end(submit("true"));
      fixture.end(submit("false"));

      HttpResponse<String> metrics =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                  .header("Authorization", "Bearer management")
                  .build(),
              BodyHandlers.ofString());

      assertThat(metrics.body())
          .contains("lmnop_builds_total{outcome=\"done\"} 1.0")
          .contains("lmnop_builds_total{outcome=\"user\"} 1.0")
          .contains("lmnop_build_stage_seconds_count{stage=\"ARTIFACT\"} 1")
          .contains("lmnop_builds_running");
    }
  }

  private WorkerFixture.Submitted submit(String script) throws IOException {
    Repository repository =
        Repository.python(Files.createTempDirectory(temp, "repository"), "x")
            .program("initialize", "#!/bin/sh\n" + script + "\n");
    return fixture.submit(repository.tar(), "python3", Map.of());
  }
}
