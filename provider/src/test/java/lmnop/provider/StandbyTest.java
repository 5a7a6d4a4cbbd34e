package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is ready up to its program while a function sleeps, and what becomes of it. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
final class StandbyTest {
  private TestProvider world;
  private HttpFunctionProvider client;

  @BeforeEach
  void start() {
    world = new TestProvider("process.standby=2").start();
    client = world.client();
  }

  @AfterEach
  void stop() {
    client.close();
    world.close();
  }

  private void deploy(String name, String says) {
    client.deploy(TestProvider.deployment(name, TestBundle.server(says).into(world.artifacts())));
  }

  /** Gives the instance that stands by then, and only that one is there. */
  private String sleep(String name) {
    client.scale(name, "default", 0);
    await().atMost(TestProvider.PATIENCE).until(() -> world.endpoints(name).isEmpty());
    await().atMost(TestProvider.PATIENCE).until(() -> isReady(name));
    return of(name).getFirst();
  }

  private boolean isReady(String name) {
    return of(name).size() == 1 && Files.exists(folder(of(name).getFirst()).resolve("up"));
  }

  private List<String> of(String name) {
    return world.instanceFolders().stream()
        .map(folder -> String.valueOf(folder.getFileName()))
        .filter(instance -> instance.startsWith(name + "-"))
        .toList();
  }

  private Path folder(String instance) {
    return world.data().resolve("run").resolve(instance);
  }

  private TestEndpoint wake(String name) {
    client.scale(name, "default", 1);
    return world.awaitEndpoint(name);
  }

  private String call(TestEndpoint endpoint) {
    return world.call("GET", endpoint.host(), endpoint.port(), "");
  }

  @Test
  void beginsWhenItsFunctionWakesAndNotBefore() {
    deploy("sleeper", "awake");
    world.awaitEndpoint("sleeper");
    String ready = sleep("sleeper");
    assertThat(folder(ready).resolve("state.json")).doesNotExist();
    assertThat(world.state("sleeper")).startsWith("0/0");

    TestEndpoint endpoint = wake("sleeper");

    assertThat(endpoint.instance()).isEqualTo(ready);
    assertThat(call(endpoint)).isEqualTo("awake");
    assertThat(sleep("sleeper")).isNotEqualTo(ready);
  }

  @Test
  void isOfTheNewestDeployment() {
    deploy("changing", "old");
    world.awaitEndpoint("changing");
    String old = sleep("changing");
    deploy("changing", "new");

    await().atMost(TestProvider.PATIENCE).until(() -> !of("changing").contains(old));
    assertThat(call(wake("changing"))).isEqualTo("new");
  }

  @Test
  void goesWithItsFunction() {
    deploy("gone", "hi");
    world.awaitEndpoint("gone");
    sleep("gone");

    client.delete("gone", "default");

    await().atMost(TestProvider.PATIENCE).until(() -> world.instanceFolders().isEmpty());
  }

  @Test
  void goesWithTheProvider() {
    deploy("sleeper", "hi");
    world.awaitEndpoint("sleeper");
    String ready = sleep("sleeper");

    world.stop();

    assertThat(world.instanceFolders()).isEmpty();
    assertThat(processesOf(ready)).isEmpty();
  }

  private List<ProcessHandle> processesOf(String instance) {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains(folder(instance).toString()))
        .toList();
  }

  @Test
  void isThereForThoseThatFellAsleepLast() {
    for (String name : List.of("first", "second", "third")) {
      deploy(name, name);
      world.awaitEndpoint(name);
    }
    sleep("first");
    sleep("second");
    sleep("third");

    await().atMost(TestProvider.PATIENCE).until(() -> of("first").isEmpty());
    assertThat(isReady("second")).isTrue();
    assertThat(call(wake("first"))).isEqualTo("first");
  }

  @Test
  void isMadeAnewWhenSomebodyEndsIt() {
    deploy("ended", "hi");
    world.awaitEndpoint("ended");
    String first = sleep("ended");
    processesOf(first).forEach(ProcessHandle::destroyForcibly);

    await().atMost(TestProvider.PATIENCE).until(() -> !of("ended").contains(first));
    await().atMost(TestProvider.PATIENCE).until(() -> isReady("ended"));
    assertThat(call(wake("ended"))).isEqualTo("hi");
  }

  @Test
  void endsWithAProviderThatIsKilledAndIsClearedAwayByTheNext() throws Exception {
    client.close();
    world.stop();
    ProviderProcess first = ProviderProcess.start(world, Map.of());
    client = first.client();
    deploy("left", "hi");
    world.awaitEndpoint("left");
    String ready = sleep("left");
    first.kill();
    await().atMost(TestProvider.PATIENCE).until(() -> Files.exists(folder(ready).resolve("exit")));

    world.start();
    client = world.client();

    await().atMost(TestProvider.PATIENCE).until(() -> !of("left").contains(ready));
    assertThat(call(wake("left"))).isEqualTo("hi");
    client.delete("left", "default");
    await().atMost(TestProvider.PATIENCE).until(() -> world.instanceFolders().isEmpty());
  }
}
