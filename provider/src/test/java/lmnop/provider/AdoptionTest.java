package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of instances when the provider process ends, in every way that it can end. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
final class AdoptionTest {
  private TestProvider world;

  @BeforeEach
  void prepare() {
    world = new TestProvider();
  }

  @AfterEach
  void cleanUp() {
    world.endOthers();
    await().atMost(TestProvider.PATIENCE).ignoreExceptions().until(() -> world.start() != null);
    world.close(); // with whatever a failed test left, which was adopted
  }

  private void deploy(ProviderProcess provider, String name, TestBundle bundle) {
    try (HttpFunctionProvider client = provider.client()) {
      client.deploy(TestProvider.deployment(name, bundle.into(world.artifacts())));
    }
    world.awaitEndpoint(name);
  }

  /** What the kernel allows an instance of the processors. */
  private String processorLimit(TestEndpoint endpoint) throws IOException {
    Path groups = Path.of("/sys/fs/cgroup");
    Path own = Path.of("lmnop-" + world.networkName(), endpoint.instance());
    Path first = groups.resolve("cpu").resolve(own).resolve("cpu.cfs_quota_us");
    return Files.readString(Files.exists(first) ? first : groups.resolve(own).resolve("cpu.max"))
        .strip();
  }

  @Test
  void aHeadStartIsNotGivenTwice() throws Exception {
    ProviderProcess first = ProviderProcess.start(world, Map.of("process.head-start", "1h"));
    try (HttpFunctionProvider client = first.client()) {
      String bundle = TestBundle.server("alive").into(world.artifacts());
      client.deploy(TestProvider.held("starter", bundle, "100m"));
    }
    TestEndpoint endpoint = world.awaitEndpoint("starter");
    assertThat(processorLimit(endpoint)).isIn("-1", "max 100000");
    first.kill();

    ProviderProcess second = ProviderProcess.start(world, Map.of("process.head-start", "1h"));

    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(processorLimit(endpoint)).isIn("10000", "10000 100000"));
    assertThat(call(endpoint)).isEqualTo("alive");
    assertThat(second.terminate()).isTrue();
  }

  private String call(TestEndpoint endpoint) {
    return world.call("GET", endpoint.host(), endpoint.port(), "");
  }

  @Test
  void instancesSurviveAKilledProviderAndAreAdoptedByTheNext() throws Exception {
    ProviderProcess first = ProviderProcess.start(world, Map.of());
    deploy(first, "survivor", TestBundle.server("alive"));
    TestEndpoint endpoint = world.awaitEndpoint("survivor");
    first.kill();
    assertThat(call(endpoint)).isEqualTo("alive");
    world.call("PUT", endpoint.host(), endpoint.port(), "printed while nobody looked");

    ProviderProcess second = ProviderProcess.start(world, Map.of());
    try (HttpFunctionProvider client = second.client()) {
      await()
          .atMost(TestProvider.PATIENCE)
          .until(() -> client.status("survivor", "default").orElseThrow().availableReplicas() == 1);
      assertThat(world.endpoints("survivor")).containsExactly(endpoint);
      assertThat(call(endpoint)).isEqualTo("alive");
      await()
          .atMost(TestProvider.PATIENCE)
          .until(() -> log(client, "survivor").contains("printed while nobody looked"));
      client.scale("survivor", "default", 0);
      await().atMost(TestProvider.PATIENCE).until(() -> world.instanceFolders().isEmpty());
      assertThat(world.endpoints("survivor")).isEmpty();
    }
    assertThat(second.terminate()).isTrue();
    assertThat(ProviderProcess.traces(world)).isEmpty();
  }

  private static List<String> log(HttpFunctionProvider client, String name) {
    try (var lines = client.logs(new LogRequest(name, "default", null, -1, false, null))) {
      return lines.map(LogLine::text).toList();
    }
  }

  @Test
  void anInstanceThatEndedMeanwhileIsStartedAgain() throws Exception {
    ProviderProcess first = ProviderProcess.start(world, Map.of());
    deploy(first, "unlucky", TestBundle.server("alive"));
    TestEndpoint old = world.awaitEndpoint("unlucky");
    first.kill();
    ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains(old.instance()))
        .forEach(ProcessHandle::destroyForcibly);
    ProviderProcess second = ProviderProcess.start(world, Map.of());
    await()
        .atMost(TestProvider.PATIENCE)
        .until(() -> {
          List<TestEndpoint> now = world.endpoints("unlucky");
          return now.size() == 1 && !now.getFirst().equals(old);
        });
    assertThat(call(world.awaitEndpoint("unlucky"))).isEqualTo("alive");
    assertThat(second.terminate()).isTrue();
  }

  @Test
  void anInstanceThatNobodyWantsAnyMoreIsEnded() throws Exception {
    ProviderProcess first = ProviderProcess.start(world, Map.of());
    deploy(first, "unwanted", TestBundle.server("alive"));
    first.kill();
    Files.delete(world.data().resolve("workloads/default/unwanted.json"));
    ProviderProcess second = ProviderProcess.start(world, Map.of());
    await().atMost(TestProvider.PATIENCE).until(() -> world.instanceFolders().isEmpty());
    await().atMost(TestProvider.PATIENCE).until(() -> world.endpoints().isEmpty());
    assertThat(ProviderProcess.traces(world)).isEmpty();
    assertThat(second.terminate()).isTrue();
  }

  @Test
  void whatAKillInTheMiddleOfAStartLeftIsCleared() throws Exception {
    ProviderProcess first = ProviderProcess.start(world, Map.of());
    try (HttpFunctionProvider client = first.client()) {
      String image = TestBundle.script("sleep 1000\n").into(world.artifacts());
      client.deploy(TestProvider.deployment("halfway", image));
      await().atMost(TestProvider.PATIENCE).until(() -> !world.instanceFolders().isEmpty());
    }
    first.kill();
    Path folder = world.instanceFolders().getFirst();
    Files.deleteIfExists(folder.resolve("state.json"));
    ProviderProcess second = ProviderProcess.start(world, Map.of());
    try (HttpFunctionProvider client = second.client()) {
      await().atMost(TestProvider.PATIENCE).until(() -> Files.notExists(folder));
      client.delete("halfway", "default");
      await().atMost(TestProvider.PATIENCE).until(() -> world.instanceFolders().isEmpty());
    }
    assertThat(ProviderProcess.traces(world)).isEmpty();
    assertThat(second.terminate()).isTrue();
  }

  @Test
  void whatIsLeftOfAnInstanceWhoseFolderIsGoneIsEndedAtTheStart() throws Exception {
    ProviderProcess first = ProviderProcess.start(world, Map.of());
    deploy(first, "vanished", TestBundle.server("alive"));
    first.kill();
    Path folder = world.instanceFolders().getFirst();
    List<ProcessHandle> processes = processesOf(folder);
    assertThat(processes).isNotEmpty();
    Files.delete(world.data().resolve("workloads/default/vanished.json"));
    Trees.delete(folder);

    ProviderProcess second = ProviderProcess.start(world, Map.of());

    await()
        .atMost(TestProvider.PATIENCE)
        .until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
    await().atMost(TestProvider.PATIENCE).until(() -> world.endpoints().isEmpty());
    assertThat(second.terminate()).isTrue();
  }

  private static List<ProcessHandle> processesOf(Path folder) {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains(folder.toString()))
        .flatMap(keeper -> Stream.concat(Stream.of(keeper), keeper.descendants()))
        .toList();
  }

  @Test
  void nothingIsLeftAfterProviderAndInstancesWereKilledAtOnce() throws Exception {
    ProviderProcess first = ProviderProcess.start(world, Map.of());
    deploy(first, "doomed", TestBundle.server("alive"));
    List<ProcessHandle> processes = processesOf(world.instanceFolders().getFirst());
    first.kill();
    processes.forEach(ProcessHandle::destroyForcibly);
    await()
        .atMost(TestProvider.PATIENCE)
        .until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
    Files.delete(world.data().resolve("workloads/default/doomed.json"));

    ProviderProcess second = ProviderProcess.start(world, Map.of());

    await().atMost(TestProvider.PATIENCE).until(() -> world.instanceFolders().isEmpty());
    await().atMost(TestProvider.PATIENCE).until(() -> world.endpoints().isEmpty());
    assertThat(second.terminate()).isTrue();
    assertThat(ProviderProcess.traces(world)).isEmpty();
    for (String controller : List.of("memory", "pids", "cpu", ".")) {
      Path groups = Path.of("/sys/fs/cgroup", controller, "lmnop-" + world.networkName());
      assertThat(groups).doesNotExist();
    }
  }

  @Test
  void instancesEndWithAProviderThatIsAskedToEnd() throws Exception {
    ProviderProcess provider = ProviderProcess.start(world, Map.of());
    deploy(provider, "obedient", TestBundle.server("alive"));
    deploy(provider, "stubborn", TestBundle.server("deaf").file("entrypoint", STUBBORN));
    assertThat(provider.terminate()).isTrue();
    assertThat(ProviderProcess.traces(world)).isEmpty();
    assertThat(world.endpoints()).isEmpty();
    assertThat(world.instanceFolders()).isEmpty();
  }

  /** Does not end when it is asked to, and has a child that does not either. */
  private static final String STUBBORN =
      """
      #!/bin/sh
      trap '' TERM
      sh -c 'trap "" TERM; while true; do sleep 1; done' &
      exec /usr/bin/python3 -u -S -E server.py
      """;

  @Test
  void instancesGoOnWhereTheProviderIsToldToLeaveThem() throws Exception {
    ProviderProcess provider =
        ProviderProcess.start(world, Map.of("stop-instances-on-exit", "false"));
    deploy(provider, "left", TestBundle.server("alive"));
    TestEndpoint endpoint = world.awaitEndpoint("left");
    assertThat(provider.terminate()).isTrue();
    assertThat(call(endpoint)).isEqualTo("alive");
    assertThat(world.endpoints("left")).containsExactly(endpoint);
  }

  @Test
  void twoProvidersOnOneFolderAreRefused() throws IOException, InterruptedException {
    ProviderProcess provider = ProviderProcess.start(world, Map.of());
    assertThatThrownBy(() -> world.start()).hasMessageContaining("is used by another provider");
    assertThat(provider.terminate()).isTrue();
  }
}
