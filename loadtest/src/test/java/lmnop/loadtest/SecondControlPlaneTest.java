package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.DnsServer;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A platform with two control planes: pushes and logs go through either, and one may go. */
@RequiresTool({"git", "python3"})
@Timeout(600)
final class SecondControlPlaneTest {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String SHOP = "shop.example.com";
  private static final String DOMAINS = "functions/default/shop/domains";

  private static final String BUILDS =
      " FROM builds b JOIN repositories r ON r.id = b.repository_id WHERE r.name = 'either'";

  private static PlatformUnderTest it;
  private static RunningPlatform platform;

  @BeforeAll
  static void start() throws IOException {
    it = PlatformUnderTest.start();
    platform = it.platform;
  }

  @AfterAll
  static void stop() throws Exception {
    it.close();
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }

  private static String state(OtherControlPlane other, long build) throws Exception {
    return json(other.callFirst("GET", "builds/" + build, null)).path("state").asString();
  }

  @Test
  void aPushThroughEitherIsBuiltAndGoesOnWhenTheOneThatTookItIsKilled() throws Exception {
    try (OtherControlPlane other = new OtherControlPlane(platform, it.scratch, Map.of())) {
      WorkTree tree = it.tree("either").python("1").commit("one");
      WorkTree.Pushed first = tree.push(other.remote("either"));
      assertThat(first.succeeded()).as(first.output()).isTrue();
      it.assertServes("either", "version 1", first);
      WorkTree.Pushed second = tree.python("2").commit("two").push(platform.remote("either"));
      assertThat(second.succeeded()).as(second.output()).isTrue();
      it.assertServes("either", "version 2", second);

      tree.python("3").program("initialize", "#!/bin/sh\nsleep 4\n").commit("three");
      CompletableFuture<WorkTree.Pushed> pushing = pushing(tree, other.remote("either"));
      await().atMost(SOON).until(() -> it.number("SELECT count(*)" + BUILDS) == 3);
      long build = it.number("SELECT max(b.id)" + BUILDS);
      other.kill();
      CompletableFuture<HttpResponse<String>> log = following(other, build);
      assertThat(pushing.join().succeeded()).as("its control plane is gone").isFalse();
      await().atMost(SOON).until(() -> state(other, build).equals("LIVE"));
      assertThat(log.join().body()).contains("\"stage\":\"CUTOVER\"");
      await()
          .atMost(SOON)
          .until(() -> platform.get(platform.function("either")).body().equals("version 3"));
      WorkTree.Pushed again = tree.push(platform.remote("either"));
      assertThat(again.output()).contains("Everything up-to-date");
    }
  }

  @Test
  void aReleaseIsFinishedByTheOtherWhenTheOneThatRunsItIsKilled() throws Exception {
    WorkTree tree =
        it.tree("half")
            .python("1")
            .program("entrypoint", "#!/bin/sh\nsleep 4\nexec python3 main.py\n")
            .commit("one");
    WorkTree.Pushed slow = tree.push(platform.remote("half"));
    assertThat(slow.succeeded()).as(slow.output()).isTrue();
    it.redeploy("half", "2");
    await()
        .atMost(SOON)
        .until(() -> it.number("SELECT count(*) FROM workloads WHERE name LIKE 'half-%'") == 1);
    try (OtherControlPlane other = new OtherControlPlane(platform, it.scratch, Map.of())) {
      ProcessHandle first = platform.app("control-plane").orElseThrow();
      signal("-STOP", first); // so that the other one claims the release
      try {
        HttpResponse<String> asked =
            other.call("POST", "functions/default/half/rollback", "{\"revision\": 1}");
        assertThat(asked.statusCode()).as(asked.body()).isEqualTo(202);
        String running =
            "SELECT count(*) FROM tasks WHERE kind = 'release' AND state = 'RUNNING'"
                + " AND claimed_by = 'control-plane "
                + other.pid()
                + "'";
        await().atMost(SOON).until(() -> it.number(running) == 1);
        other.kill();
        assertThat(it.number(running)).as("it was killed in the middle").isEqualTo(1);
      } finally {
        signal("-CONT", first);
      }
      String newest = " FROM releases WHERE id = (SELECT max(id) FROM releases)";
      await()
          .atMost(SOON)
          .until(() -> it.number("SELECT count(*)" + newest + " AND state = 'DONE'") == 1);
      await()
          .atMost(SOON)
          .until(() -> platform.get(platform.function("half")).body().equals("version 1"));
    }
  }

  private static void signal(String which, ProcessHandle process)
      throws IOException, InterruptedException {
    String pid = String.valueOf(process.pid());
    assertThat(new ProcessBuilder("kill", which, pid).inheritIO().start().waitFor()).isZero();
  }

  private static CompletableFuture<WorkTree.Pushed> pushing(WorkTree tree, String remote) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return tree.push(remote);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        },
        Thread.ofVirtual()::start);
  }

  private static CompletableFuture<HttpResponse<String>> following(
      OtherControlPlane other, long build) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return other.callFirst("GET", "builds/" + build + "/log?follow=true", null);
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        Thread.ofVirtual()::start);
  }

  /** What a router answers at a host. */
  private static String onHost(String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      String request = "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int port() {
    return platform.function("shop").getPort();
  }

  @Test
  void aDomainThatIsProvedByAFileLeadsToTheFunctionUntilItIsRemoved() throws Exception {
    it.deployOnce("shop");
    AtomicReference<String> file = new AtomicReference<>("");
    HttpServer before =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    before.createContext(
        "/.well-known/lmnop-domain/",
        exchange -> {
          byte[] content = file.get().getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content);
          exchange.close();
        });
    before.start();
    try (DnsServer names = new DnsServer();
        OtherControlPlane other =
            new OtherControlPlane(
                platform,
                it.scratch,
                Map.of(
                    "domains.name-servers", names.address(),
                    "domains.private-addresses", "true",
                    "domains.http-port", String.valueOf(before.getAddress().getPort())))) {
      names.leads(SHOP, "127.0.0.1");
      JsonNode added = json(other.call("POST", DOMAINS, "{\"host\": \"" + SHOP + "\"}"));
      JsonNode unproved = json(other.call("POST", DOMAINS + "/" + SHOP + "/check", null));
      assertThat(unproved.path("state").asString()).isEqualTo("unverified");
      assertThat(onHost(SHOP)).startsWith("HTTP/1.1 404");
      file.set(added.path("proof").asString());
      JsonNode proved = json(other.call("POST", DOMAINS + "/" + SHOP + "/check", null));
      assertThat(proved.path("state").asString()).as(proved.toString()).isEqualTo("verified");
      await().atMost(SOON).until(() -> onHost(SHOP).endsWith("version 1"));
      assertThat(onHost("www." + SHOP)).startsWith("HTTP/1.1 404");
      assertThat(other.callFirst("DELETE", DOMAINS + "/" + SHOP, null).statusCode()).isEqualTo(200);
      await().atMost(SOON).until(() -> onHost(SHOP).startsWith("HTTP/1.1 404"));
    } finally {
      before.stop(0);
    }
  }
}
