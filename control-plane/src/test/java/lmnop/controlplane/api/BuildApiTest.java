package lmnop.controlplane.api;

import static lmnop.controlplane.api.ApiServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Builds through the API: who sees them, their logs, and what is done to them. */
@SuppressWarnings("NullAway.Init")
final class BuildApiTest {
  private static final String BUILDS = Api.ROOT + "/builds";

  @TempDir Path data;

  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    server = new ApiServer(data);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void buildsOfOthersLookLikeThoseThatAreNotThere() throws Exception {
    for (String path : List.of("/3", "/3/log")) {
      HttpResponse<String> forbidden = server.get("stranger", BUILDS + path);
      assertThat(forbidden.statusCode()).isEqualTo(404);
      assertThat(server.get("stranger", BUILDS + path.replace("3", "7")).body().replace("7", "3"))
          .isEqualTo(forbidden.body());
    }
    for (String verb : List.of("retry", "cancel")) {
      assertThat(server.post("viewer", BUILDS + "/3/" + verb, "{}").statusCode()).isEqualTo(404);
    }
    assertThat(server.count("builds")).isEqualTo(3);
  }

  @Test
  void aBuildThatFailedIsMadeAgainOnce() throws Exception {
    HttpResponse<String> again = server.post("dev", BUILDS + "/3/retry", "{}");
    assertThat(again.statusCode()).as(again.body()).isEqualTo(202);
    JsonNode made = json(again);
    assertThat(made.path("state").asString()).isEqualTo("WAITING");
    assertThat(again.headers().firstValue("Location")).contains(BUILDS + "/" + made.path("id"));
    assertThat(
            server.count(
                "tasks t JOIN builds b ON b.task_id = t.id WHERE t.state = 'WAITING'"
                    + " AND (t.payload ->> 'buildId')::bigint = b.id AND b.id > 3"
                    + " AND t.payload #>> '{functions,0,functionId}' = '1'"))
        .isOne();
    HttpResponse<String> second = server.post("dev", BUILDS + "/3/retry", "{}");
    assertThat(second.statusCode()).isEqualTo(409);
    assertThat(second.body()).contains("is newer, and under way or live");
    assertThat(server.post("dev", BUILDS + "/2/retry", "{}").body()).contains("went live");
    assertThat(server.post("dev", BUILDS + "/" + made.path("id") + "/retry", "{}").body())
        .contains("can be made again once it has ended");
  }

  @Test
  void aPreviewThatFailedIsMadeAgainWhileItsBranchIsThere() throws Exception {
    server.postgres.execute(
        """
        UPDATE lmnop.builds SET ref = 'refs/heads/fix', preview_lifetime = '1 day' WHERE id = 3
        """);
    HttpResponse<String> refused = server.post("dev", BUILDS + "/3/retry", "{}");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
    assertThat(refused.body()).contains("its branch was deleted or has moved on");
    String commit = json(server.get("dev", BUILDS + "/3")).path("commit").asString();
    HelloRepository.addBranch(data, "refs/heads/fix", commit);
    HttpResponse<String> again = server.post("dev", BUILDS + "/3/retry", "{}");
    assertThat(again.statusCode()).as(again.body()).isEqualTo(202);
    assertThat(server.count("builds WHERE id > 3 AND preview_lifetime = '1 day'")).isOne();
    assertThat(server.count("routes WHERE kind = 'preview' AND ref = 'refs/heads/fix'")).isOne();
  }

  @Test
  void aBuildWhoseCommitIsGoneIsNotMadeAgain() throws Exception {
    server.postgres.execute("UPDATE lmnop.builds SET commit = repeat('9', 40) WHERE id = 3");
    HttpResponse<String> refused = server.post("dev", BUILDS + "/3/retry", "{}");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
    assertThat(refused.body()).contains("its commit is not kept any more: push again");
    assertThat(server.count("builds")).isEqualTo(3);
  }

  @Test
  void aLogIsFollowedUntilItsBuildHasEnded() throws Exception {
    server.postgres.execute(
        "UPDATE lmnop.builds SET state = 'BUILDING', finished_at = NULL WHERE id = 3");
    HttpResponse<InputStream> following =
        server.open("dev", BUILDS + "/3/log?follow=true", Map.of("Accept", "text/event-stream"));
    try (InputStream in = following.body()) {
      byte[] begin = in.readNBytes(30);
      assertThat(new String(begin, StandardCharsets.UTF_8))
          .startsWith("event: line\nid: 1\ndata: {");
      server.postgres.execute(
          """
          INSERT INTO lmnop.build_log (build_id, number, stage, text) VALUES (3, 4, 'DEPLOY', 'late');
          UPDATE lmnop.builds SET state = 'LIVE' WHERE id = 3;
          """);
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .contains("id: 4", "late", "event: build\ndata: ", "\"state\":\"LIVE\"")
          .endsWith("event: end\ndata: {}\n\n");
    }
    assertThat(
            server
                .send("dev", "GET", BUILDS + "/3/log", null, Map.of("Last-Event-ID", "3"))
                .body()
                .strip()
                .lines())
        .singleElement()
        .asString()
        .contains("late");
    server.postgres.execute("UPDATE lmnop.builds SET log_kept = false");
    assertThat(server.get("dev", BUILDS + "/3/log").statusCode()).isEqualTo(410);
  }
}
