package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.web.Entrance;
import lmnop.controlplane.web.ListenSettings;
import lmnop.controlplane.web.WebServer;
import lmnop.tasks.Task;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the lines that a worker sends. */
@Timeout(60)
final class WorkerLogTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path data;

  private TestDeployments it;
  private WebServer server;
  private Task task;

  @BeforeEach
  void start() throws Exception {
    it = new TestDeployments(data);
    TestSecrets.add(it.secrets, "database-password", "correct horse battery\n");
    server =
        WebServer.start(
            "internal",
            ListenSettings.anywhere(),
            Entrance.FOR_TASKS,
            List.of(it.builds.workerApi(Runnable::run)));
    it.deploying(null, it.commit(null, "one"));
    await().untilAsserted(() -> assertThat(it.count("SELECT count(*) FROM tasks")).isEqualTo(1));
    task =
        Objects.requireNonNull(
            it.queue.claim(List.of(Builds.KIND), "worker-1", Duration.ofMinutes(1)).block());
  }

  @AfterEach
  void stop() {
    server.close();
    it.close();
  }

  @Test
  void theTokenOfTheTaskIsTakenOutThoughTwoRequestsCutIt() throws Exception {
    String token = task.accessToken();
    assertThat(send("the token is " + token.substring(0, 20))).isEqualTo(204);
    assertThat(send(token.substring(20) + " and that was it")).isEqualTo(204);
    assertThat(texts()).containsExactly("the token is ***", "*** and that was it");
  }

  @Test
  void theCredentialsOfThePlatformAreTakenOut() throws Exception {
    assertThat(send("Authorization: Bearer router")).isEqualTo(204);
    assertThat(texts()).containsExactly("Authorization: Bearer ***");
  }

  @Test
  void theSecretsOfTheOwnerAreTakenOut() throws Exception {
    assertThat(send("connecting with correct horse battery")).isEqualTo(204);
    assertThat(send("?p=correct%20horse%20battery&x Y29ycmVjdCBob3JzZSBiYXR0ZXJ5")).isEqualTo(204);
    assertThat(texts()).containsExactly("connecting with ***", "?p=***&x ***");
  }

  @Test
  void whoseBuildWasCancelledAddsNothingMore() throws Exception {
    new BuildCommand(it.control, false, line -> {}).cancel("1");
    assertThat(send("late")).isEqualTo(403);
    assertThat(texts()).isEmpty();
  }

  private int send(String text) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.port() + "/internal/builds/1/log"))
            .header("Authorization", "Bearer " + task.accessToken())
            .header("X-Lmnop-Task", Long.toString(task.id()))
            .header("X-Lmnop-Fence", Long.toString(task.fence()))
            .POST(BodyPublishers.ofString("{\"stage\":\"TEMPLATE\",\"text\":\"" + text + "\"}\n"))
            .build();
    return HTTP.send(request, BodyHandlers.discarding()).statusCode();
  }

  private List<String> texts() {
    return Objects.requireNonNull(
        StageLog.ofBuilds(it.control).after(1, 0).map(StageLog.Entry::text).collectList().block());
  }
}
