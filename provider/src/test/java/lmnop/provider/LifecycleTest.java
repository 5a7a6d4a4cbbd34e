package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How instances come and go, and what is told of those that go by themselves. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
final class LifecycleTest {
  private TestProvider running;
  private HttpFunctionProvider client;

  @BeforeEach
  void start() {
    running = new TestProvider("process.start=2s").start();
    client = running.client();
  }

  @AfterEach
  void stop() {
    client.close();
    running.close();
  }

  private void deploy(String name, TestBundle bundle) {
    client.deploy(TestProvider.deployment(name, bundle.into(running.artifacts())));
  }

  private void awaitState(String workload, String... parts) {
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(running.state(workload)).contains(parts));
  }

  @Test
  void tellsOfAProgramThatEnds() {
    deploy("crashing", TestBundle.script("echo starting; echo boom >&2; exit 3\n"));
    awaitState("crashing", "0/1", "ended with exit code 3", "Its last lines:\nstarting\nboom");
    assertThat(running.endpoints()).isEmpty();
    assertThat(running.log("crashing")).contains("boom", "lmnop: ended with exit code 3");
  }

  @Test
  void tellsOfAProgramThatIsMissing() {
    deploy("missing", TestBundle.script("").with("command", List.of("${code}/nothing")));
    awaitState("missing", "its program is missing or cannot be executed");
  }

  @Test
  void tellsOfAProgramThatDoesNotListen() {
    deploy("deaf", TestBundle.script("echo I am busy; sleep 100\n"));
    awaitState("deaf", "did not accept connections on port 5000 within 2 s", "I am busy");
  }

  @Test
  void tellsWhereAProgramListensThatListensElsewhere() {
    running.close();
    running = new TestProvider("process.start=60s").start();
    client.close();
    client = running.client();
    deploy(
        "elsewhere",
        TestBundle.script("cd /tmp; exec /usr/bin/python3 -m http.server --bind 0.0.0.0 3000\n"));
    awaitState("elsewhere", "0/1", "it listens on port 3000 and not on 5000");
  }

  @Test
  void waitsForTheHealthPath() {
    deploy("healthy", TestBundle.server("fine").with("health", "/healthz"));
    awaitState("healthy", "1/1");
  }

  @Test
  void asksForTheFunctionsOwnHealthPathBeforeTheTemplates() {
    String image =
        TestBundle.script("cd /tmp; exec /usr/bin/python3 -m http.server --bind 127.0.0.1 5000\n")
            .with("health", "/")
            .into(running.artifacts());
    client.deploy(
        new FunctionDeployment(
            "unready",
            image,
            "default",
            null,
            null,
            null,
            null,
            null,
            Map.of("com.openfaas.health.http.path", "/ready"),
            null,
            null,
            null));
    awaitState("unready", "0/1", "answer 200 to GET /ready on port 5000");
  }

  @Test
  void tellsOfAProgramThatNeedsTooMuchMemory() {
    String image =
        TestBundle.script(
                "exec /usr/bin/python3 -c 'print(\"growing\", flush=True); x = bytearray(200 << 20)'\n")
            .into(running.artifacts());
    client.deploy(
        new FunctionDeployment(
            "hungry",
            image,
            "default",
            null,
            null,
            null,
            null,
            null,
            null,
            new FunctionResources("64Mi", null),
            null,
            null));
    awaitState("hungry", "out of memory: it needed more than its limit of 64Mi", "growing");
    assertThat(running.log("hungry")).anyMatch(line -> line.startsWith("lmnop: out of memory"));
  }

  @Test
  void saysThatAProgramIsHeldBackByItsProcessorLimit() {
    TestBundle busy =
        TestBundle.server("busy")
            .file(
                "entrypoint",
                """
                #!/bin/sh
                (sleep 1; while :; do :; done) &
                exec /usr/bin/python3 -u -S -E server.py
                """);
    client.deploy(TestProvider.held("slow", busy.into(running.artifacts()), "100m"));
    running.awaitEndpoint("slow");
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() ->
            assertThat(running.log("slow"))
                .anyMatch(line ->
                    line.startsWith(
                        "lmnop: it wanted more than its limit of 100m of a processor in ")));
  }

  @Test
  void aCrashLosesItsEndpointAndIsStartedAgain() {
    deploy("reborn", TestBundle.server("again"));
    TestEndpoint first = running.awaitEndpoint("reborn");
    client.scale("reborn", "default", 1);
    running.call("PUT", first.host(), first.port(), "I was here");
    killFunction(first);
    await()
        .atMost(TestProvider.PATIENCE)
        .until(() ->
            running.endpoints("reborn").stream()
                .anyMatch(e -> !e.instance().equals(first.instance())));
    assertThat(running.endpoints("reborn")).hasSize(1);
    assertThat(running.log("reborn"))
        .contains("I was here")
        .anyMatch(line -> line.startsWith("lmnop: ended by signal 9"));
    awaitState("reborn", "1/1 -");
  }

  private void killFunction(TestEndpoint endpoint) {
    ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains(endpoint.instance()))
        .flatMap(ProcessHandle::descendants)
        .filter(p -> p.info().commandLine().orElse("").contains("server.py"))
        .filter(p -> !p.info().commandLine().orElse("").contains("bwrap"))
        .forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void manyWakesAtOnceStartOneInstance() throws Exception {
    deploy("asleep", TestBundle.server("awake"));
    running.awaitEndpoint("asleep");
    client.scale("asleep", "default", 0);
    await().atMost(TestProvider.PATIENCE).until(() -> running.instanceFolders().isEmpty());
    try (HttpFunctionProvider waker = running.client("waker");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> wakes = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        wakes.add(threads.submit(() -> waker.scale("asleep", "default", 1)));
      }
      for (Future<Boolean> wake : wakes) {
        assertThat(wake.get()).isTrue();
      }
    }
    TestEndpoint endpoint = running.awaitEndpoint("asleep");
    assertThat(running.call("GET", endpoint.host(), endpoint.port(), "")).isEqualTo("awake");
    assertThat(running.instanceFolders()).hasSize(1);
    assertThat(running.endpoints("asleep")).hasSize(1);
    await() // it listens before it says hello
        .atMost(TestProvider.PATIENCE)
        .until(() -> running.log("asleep").stream().filter("hello"::equals).count() >= 2);
    assertThat(running.log("asleep").stream().filter("hello"::equals)).hasSize(2);
  }

  @Test
  void anUpdateNeverLeavesTheFunctionWithoutAnEndpoint() {
    deploy("swapped", TestBundle.server("old"));
    TestEndpoint old = running.awaitEndpoint("swapped");
    deploy("swapped", TestBundle.server("new"));
    await()
        .atMost(TestProvider.PATIENCE)
        .until(() -> {
          List<TestEndpoint> now = running.endpoints("swapped");
          assertThat(now).isNotEmpty();
          return now.stream().noneMatch(e -> e.instance().equals(old.instance()));
        });
    TestEndpoint fresh = running.awaitEndpoint("swapped");
    assertThat(fresh.host()).isNotEqualTo(old.host());
    assertThat(running.call("GET", fresh.host(), fresh.port(), "")).isEqualTo("new");
  }

  @Test
  void otherLabelsAloneRestartNothing() {
    String image = TestBundle.server("same").into(running.artifacts());
    deploy("labelled", TestBundle.server("same"));
    TestEndpoint before = running.awaitEndpoint("labelled");
    client.deploy(
        new FunctionDeployment(
            "labelled",
            image,
            "default",
            null,
            null,
            null,
            null,
            Map.of("a", "b"),
            Map.of("c", "d"),
            null,
            null,
            null));
    assertThat(client.status("labelled", "default").orElseThrow().labels()).containsEntry("a", "b");
    client.scale("labelled", "default", 2);
    await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints("labelled").size() == 2);
    assertThat(running.endpoints("labelled")).contains(before);
  }

  @Test
  void anInstanceGoesOnUntilEveryRouterLetGo() throws IOException {
    deploy("drained", TestBundle.server("still here"));
    TestEndpoint endpoint = running.awaitEndpoint("drained");
    try (FakeRouter router = new FakeRouter(running)) {
      router.says(page(1_000, endpoint, 1));
      client.delete("drained", "default");
      await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints("drained").isEmpty());
      await().atMost(TestProvider.PATIENCE).until(() -> router.asked() > 3);
      assertThat(client.status("drained", "default")).isEmpty();
      assertThat(running.call("GET", endpoint.host(), endpoint.port(), "")).isEqualTo("still here");
      router.says(page(1_000, endpoint, 0));
      await().atMost(TestProvider.PATIENCE).until(() -> running.instanceFolders().isEmpty());
    }
  }

  @Test
  void aRouterThatNeverLetsGoIsWaitedForADrainTimeOnly() throws IOException {
    deploy("stuck", TestBundle.server("stuck"));
    TestEndpoint endpoint = running.awaitEndpoint("stuck");
    try (FakeRouter router = new FakeRouter(running)) {
      router.says(page(0, endpoint, 0));
      client.scale("stuck", "default", 0);
      await().atMost(TestProvider.PATIENCE).until(() -> running.instanceFolders().isEmpty());
      assertThat(router.asked()).isPositive();
    }
  }

  /** Others of the workload are busy all the time; what counts is the instance that goes. */
  private static String page(long applied, TestEndpoint at, int inFlight) {
    return ("{\"router\":\"router-1\",\"applied\":%d,\"workloads\":{\"default/drained\":7},"
            + "\"instances\":{\"default/drained\":{\"10.9.9.9:1\":7,\"%s:%d\":%d}}}")
        .formatted(applied, at.host(), at.port(), inFlight);
  }
}
