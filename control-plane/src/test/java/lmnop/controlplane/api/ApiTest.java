package lmnop.controlplane.api;

import static lmnop.controlplane.api.ApiServer.HELLO;
import static lmnop.controlplane.api.ApiServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lmnop.controlplane.accounts.Scope;
import lmnop.operations.credentials.Token;
import lmnop.providerapi.ProviderException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the API does beside what its description says. */
@SuppressWarnings("NullAway.Init")
final class ApiTest {
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

  /** Every entry of a list, page by page. */
  private List<String> all(String user, String path, int limit, String member) throws Exception {
    List<String> entries = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page =
          json(
              server.get(
                  user, path + (path.contains("?") ? "&" : "?") + "limit=" + limit + cursor));
      assertThat(page.path("items").size()).isLessThanOrEqualTo(limit);
      page.path("items").forEach(item -> entries.add(item.path(member).asString()));
      cursor = page.path("next").isNull() ? "" : "&cursor=" + page.path("next").asString();
    } while (!cursor.isEmpty());
    return entries;
  }

  @Test
  void listsArePagedWithoutGapsAndShowEverybodyTheirOwn() throws Exception {
    server.postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO functions (owner_id, name)
          SELECT o.id, 'f' || n FROM owners o, generate_series(1, 5) AS n WHERE o.name <> 'root';
        INSERT INTO builds (repository_id, ref, commit, pusher, state, held)
          SELECT 1, 'refs/heads/main', repeat('5', 40), 'dev', 'FAILED', false FROM generate_series(1, 4);
        """);
    String functions = Api.ROOT + "/functions";
    assertThat(all("dev", functions, 2, "name"))
        .containsExactly("f1", "f2", "f3", "f4", "f5", "hello");
    assertThat(all("stranger", functions, 3, "owner")).hasSize(5).containsOnly("stranger");
    assertThat(all("root", functions, 4, "name")).hasSize(11);
    assertThat(all("dev", functions + "?search=m/f", 9, "name")).hasSize(5);
    assertThat(all("root", functions + "?owner=stranger", 2, "owner"))
        .hasSize(5)
        .containsOnly("stranger");
    assertThat(all("dev", functions + "?owner=stranger", 2, "owner")).isEmpty();
    assertThat(all("dev", BUILDS, 2, "id")).containsExactly("14", "13", "12", "11", "3", "2", "1");
    assertThat(all("stranger", BUILDS, 2, "id")).isEmpty();
    assertThat(all("dev", BUILDS + "?state=LIVE&owner=team", 1, "id")).containsExactly("2", "1");
    assertThat(all("dev", HELLO + "/revisions", 1, "number")).containsExactly("2", "1");
    assertThat(all("dev", HELLO + "/releases", 1, "id")).containsExactly("2", "1");
  }

  @Test
  void aFunctionIsShownWithWhatServes() throws Exception {
    HelloRows.addPreview(server.postgres);
    JsonNode hello = json(server.get("viewer", HELLO));
    assertThat(hello.path("state").asString()).isEqualTo("running");
    assertThat(hello.path("url").asString()).isEqualTo("http://hello.apps.localhost:8080/");
    assertThat(hello.at("/traffic").size()).isEqualTo(1);
    assertThat(hello.at("/traffic/0/revision").asInt()).isEqualTo(2);
    assertThat(hello.at("/traffic/0/percent").asInt()).isEqualTo(100);
    assertThat(hello.path("since").asString()).startsWith("20").endsWith("Z");
    assertThat(hello.at("/routes/1/branch").asString()).isEqualTo("fix");
    assertThat(hello.path("note").asString()).contains("it has no entrypoint");
  }

  /** A request that somebody makes who may not. */
  private record Forbidden(String user, String method, String below, @Nullable String body) {}

  private static List<Forbidden> forbidden() {
    List<Forbidden> all = new ArrayList<>();
    for (String below :
        List.of("", "/logs", "/events", "/revisions", "/releases/2", "/crashes/3")) {
      all.add(new Forbidden("stranger", "GET", below, null));
    }
    for (String user : List.of("stranger", "viewer")) {
      all.add(new Forbidden(user, "POST", "/rollback", "{}"));
      all.add(new Forbidden(user, "POST", "/split", "{\"revision\": 1, \"percent\": 10}"));
      all.add(new Forbidden(user, "POST", "/promote", "{\"branch\": \"fix\"}"));
      all.add(new Forbidden(user, "PUT", "/scale", "{\"instances\": 2}"));
      all.add(new Forbidden(user, "DELETE", "/scale", null));
      all.add(new Forbidden(user, "DELETE", "?confirm=hello", null));
    }
    return all;
  }

  @Test
  void whatIsForbiddenLooksLikeWhatIsNotThere() throws Exception {
    for (Forbidden one : forbidden()) {
      HttpResponse<String> forbidden =
          server.send(one.user(), one.method(), HELLO + one.below(), one.body(), Map.of());
      HttpResponse<String> missing =
          server.send(
              one.user(),
              one.method(),
              HELLO.replace("hello", "other") + one.below(),
              one.body(),
              Map.of());
      assertThat(forbidden.statusCode()).as(one.toString()).isEqualTo(404);
      assertThat(missing.statusCode()).as(one.toString()).isEqualTo(404);
      assertThat(missing.body().replace("other", "hello")).isEqualTo(forbidden.body());
    }
    assertThat(server.count("releases WHERE id > 10")).isZero();
    assertThat(server.count("functions")).isEqualTo(1);
  }

  @Test
  void aTokenIsGoodForItsPurpose() throws Exception {
    String retry = BUILDS + "/3/retry";
    Token read = server.token("dev", Scope.READ);
    assertThat(server.status(read, "GET", HELLO)).isEqualTo(200);
    assertThat(server.status(read, "GET", BUILDS + "/3/log")).isEqualTo(200);
    assertThat(server.status(read, "POST", retry)).isEqualTo(404);
    assertThat(server.status(read, "POST", BUILDS + "/3/cancel")).isEqualTo(404);
    assertThat(server.status(read, "POST", HELLO + "/rollback")).isEqualTo(404);
    Token deploy = server.token("dev", Scope.DEPLOY);
    assertThat(server.status(deploy, "DELETE", HELLO + "?confirm=hello")).isEqualTo(404);
    assertThat(server.status(deploy, "POST", retry)).isEqualTo(202);
    assertThat(server.status(server.token("dev", Scope.PUSH), "GET", HELLO)).isEqualTo(401);
  }

  @Test
  void whatIsSentTwiceWithOneKeyIsDoneOnce() throws Exception {
    Map<String, String> key = Map.of("Idempotency-Key", "once");
    Callable<HttpResponse<String>> roll =
        () -> server.send("dev", "POST", HELLO + "/rollback", "{\"revision\": 1}", key);
    List<Future<HttpResponse<String>>> answers;
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      answers = threads.invokeAll(List.of(roll, roll, roll, roll));
    }
    HttpResponse<String> first = answers.getFirst().get();
    for (Future<HttpResponse<String>> answer : answers) {
      assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(202);
      assertThat(json(answer.get())).isEqualTo(json(first));
      assertThat(answer.get().headers().firstValue("Location"))
          .isEqualTo(first.headers().firstValue("Location"))
          .isPresent();
    }
    assertThat(server.count("releases WHERE cause = 'rollback'")).isEqualTo(1);
    HttpResponse<String> other =
        server.send("dev", "POST", HELLO + "/rollback", "{\"revision\": 2}", key);
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(other.body()).contains("stood with another request before");
    server.postgres.execute("UPDATE lmnop.answered_requests SET at = now() - interval '25 hours'");
    server.api.forgetAnswers();
    assertThat(roll.call().statusCode()).isEqualTo(409); // it is under way
  }

  @Test
  void whatWasRefusedIsTriedAgainWithTheSameKey() throws Exception {
    Map<String, String> key = Map.of("Idempotency-Key", "k");
    String body = "{\"revision\": 1, \"percent\": 10}";
    server.postgres.execute("UPDATE lmnop.revisions SET dropped_at = now() WHERE id = 1");
    assertThat(server.send("dev", "POST", HELLO + "/split", body, key).statusCode()).isEqualTo(409);
    server.postgres.execute("UPDATE lmnop.revisions SET dropped_at = NULL");
    assertThat(server.send("dev", "POST", HELLO + "/split", body, key).statusCode()).isEqualTo(202);
  }

  @Test
  void whoHasSeenAnotherTrafficChangesNothing() throws Exception {
    String mark = server.get("dev", HELLO).headers().firstValue("ETag").orElseThrow();
    server.postgres.execute("UPDATE lmnop.traffic SET weight = 90");
    Map<String, String> old = Map.of("If-Match", mark);
    assertThat(server.send("dev", "POST", HELLO + "/rollback", "{}", old).statusCode())
        .isEqualTo(412);
    assertThat(server.send("dev", "PUT", HELLO + "/scale", "{\"instances\": 3}", old).statusCode())
        .isEqualTo(412);
    assertThat(server.count("releases WHERE id > 10")).isZero();
    String now = server.get("dev", HELLO).headers().firstValue("ETag").orElseThrow();
    assertThat(now).isNotEqualTo(mark);
    Map<String, String> both = Map.of("If-Match", mark + ", " + now);
    String one = "{\"revision\": 1}";
    assertThat(server.send("dev", "POST", HELLO + "/rollback", one, both).statusCode())
        .isEqualTo(202);
  }

  @Test
  void instancesAreAskedForWithinTheLimits() throws Exception {
    assertThat(scaled("{\"instances\": 3}")).isEqualTo(200);
    assertThat(server.provider.status("hello-2", "team").orElseThrow().replicas()).isEqualTo(3);
    HttpResponse<String> refused =
        server.send("dev", "PUT", HELLO + "/scale", "{\"instances\": 4}", Map.of());
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("its configuration allows 0 to 3");
    assertThat(scaled("{\"instances\": 1, \"revision\": 1}")).isEqualTo(409);
    server.provider.failNext(new ProviderException(0, "it is away"));
    assertThat(scaled("{\"instances\": 2}")).isEqualTo(503);
    assertThat(server.provider.status("hello-2", "team").orElseThrow().replicas()).isEqualTo(3);
    assertThat(server.count("audit WHERE action = 'function.scaled' AND actor = 'dev'")).isOne();
  }

  @Test
  void aNumberThatSomebodySetStaysUntilItIsGivenBack() throws Exception {
    assertThat(scaled("{\"instances\": 3}")).isEqualTo(200);
    assertThat(json(server.get("dev", HELLO)).at("/traffic/0/chosenBy").asString())
        .isEqualTo("dev");
    server.provider.failNext(new ProviderException(0, "it is away"));
    assertThat(scaled("{\"instances\": 2}")).isEqualTo(503);
    assertThat(server.count("scale_overrides WHERE instances = 3")).isOne();
    HttpResponse<String> given = server.send("dev", "DELETE", HELLO + "/scale", null, Map.of());
    assertThat(given.body()).isEqualTo("{\"wasChosenBy\":\"dev\"}");
    given = server.send("dev", "DELETE", HELLO + "/scale", null, Map.of());
    assertThat(given.body()).isEqualTo("{\"wasChosenBy\":null}");
    assertThat(scaled("{\"instances\": 0}")).isEqualTo(200);
    assertThat(server.count("scale_overrides")).as("it follows its load once it is woken").isZero();
    assertThat(json(server.get("dev", HELLO)).at("/traffic/0/chosenBy").isNull()).isTrue();
  }

  private int scaled(String body) throws Exception {
    return server.send("dev", "PUT", HELLO + "/scale", body, Map.of()).statusCode();
  }

  @Test
  void whatBelongsToNobodyIsExplainedToAdministratorsOnly() throws Exception {
    String explain = Api.ROOT + "/explain?url=http://hello.apps.localhost/";
    assertThat(server.get("viewer", explain).body()).contains("the host is hello.apps.localhost");
    assertThat(server.get("root", explain).statusCode()).isEqualTo(200);
    assertThat(server.get("stranger", explain).statusCode()).isEqualTo(404);
    server.postgres.execute("DELETE FROM lmnop.routers");
    assertThat(server.get("dev", explain).statusCode()).isEqualTo(503);
  }

  @Test
  void aDeletionWithAKeyIsDoneOnceAndOnlyOfWhatWasSeen() throws Exception {
    String address = HELLO + "?confirm=hello";
    Map<String, String> old = Map.of("If-Match", "\"old\"");
    assertThat(server.send("dev", "DELETE", address, null, old).statusCode()).isEqualTo(412);
    assertThat(server.count("functions")).isEqualTo(1);
    Map<String, String> key = Map.of("Idempotency-Key", "gone");
    HttpResponse<String> first = server.send("dev", "DELETE", address, null, key);
    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    HttpResponse<String> again = server.send("dev", "DELETE", address, null, key);
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(server.send("dev", "DELETE", address, null, Map.of()).statusCode()).isEqualTo(404);
    assertThat(server.count("deletions")).isEqualTo(1);
  }

  @Test
  void theHeadOfWhatGoesOnEndsAtOnce() throws Exception {
    for (String path : List.of(HELLO, HELLO + "/logs?follow=true", HELLO + "/events")) {
      HttpResponse<String> head = server.send("dev", "HEAD", path, null, Map.of());
      assertThat(head.statusCode()).as(path).isEqualTo(200);
      assertThat(head.body()).isEmpty();
    }
  }

  @Test
  void aKnownAddressSaysWhatIsPossibleThere() throws Exception {
    HttpResponse<String> answer = server.send("dev", "PUT", HELLO, "{}", Map.of());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).hasValue("DELETE, GET, HEAD");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  @Test
  void aPageOfOthersActsForNobody() throws Exception {
    String path = BUILDS + "/3/retry";
    for (Map<String, String> others :
        List.of(
            Map.of("Origin", "http://evil.example.com"), Map.of("Sec-Fetch-Site", "cross-site"))) {
      assertThat(server.send("dev", "POST", path, null, others).statusCode()).isEqualTo(403);
    }
    Map<String, String> ours = Map.of("Sec-Fetch-Site", "same-origin");
    assertThat(server.send("dev", "POST", path, null, ours).statusCode()).isEqualTo(202);
  }

  @Test
  void whatIsWrongWithABodyIsSaid() throws Exception {
    Map<String, String> words =
        Map.of(
            "{\"revision\": 1", "no JSON",
            "{} {}", "no JSON",
            "[]", "no JSON object",
            "{\"revision\": 1, \"revision\": 2}", "no JSON",
            "{\"revision\": 0}", "'revision' is a number from 1 to 999999999",
            "{\"revision\": \"1\"}", "'revision' is a number",
            "{\"revision\": 1.5}", "'revision' is a number",
            "{\"number\": 1}", "'number' is not known here, there are revision");
    for (Map.Entry<String, String> one : words.entrySet()) {
      HttpResponse<String> answer = server.post("dev", HELLO + "/rollback", one.getKey());
      assertThat(answer.statusCode()).as(one.getKey()).isEqualTo(400);
      assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(json(answer).path("detail").asString()).contains(one.getValue());
    }
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() throws Exception {
    HttpResponse<String> query =
        server.get("dev", Api.ROOT + "/functions?limit=0&owner=A&cursor=%21&colour=red");
    assertThat(json(query).path("detail").asString())
        .contains("'owner'", "'limit' is '0'", "'cursor'", "'colour' is no parameter here");
    HttpResponse<String> body = server.post("dev", HELLO + "/split", "{\"colour\": 1}");
    assertThat(json(body).path("detail").asString())
        .contains("'revision' is missing", "'percent' is missing", "'colour' is not known here");
  }
}
