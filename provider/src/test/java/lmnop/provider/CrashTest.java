package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.Secret;
import lmnop.providerapi.WorkloadLabels;
import lmnop.testkit.RequiresTool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is left of real instances that end by themselves. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
final class CrashTest {
  private static final String FUNCTION = "7";

  private TestProvider running;
  private HttpFunctionProvider client;

  @BeforeEach
  void start() {
    running = new TestProvider("process.start=20s").start();
    client = running.client();
  }

  @AfterEach
  void stop() {
    client.close();
    running.close();
  }

  private void deploy(String workload, TestBundle bundle, @Nullable String memory) {
    client.deploy(
        new FunctionDeployment(
            workload,
            bundle.into(running.artifacts()),
            "default",
            null,
            null,
            null,
            client.secretNames("default"),
            Map.of(WorkloadLabels.FUNCTION_ID, FUNCTION, WorkloadLabels.REVISION, "42"),
            null,
            new FunctionResources(memory, null),
            null,
            null));
  }

  private Crash awaitCrash(Predicate<Crash> wanted) {
    await()
        .atMost(TestProvider.PATIENCE)
        .until(() -> client.crashes(FUNCTION, "default").stream().anyMatch(wanted));
    int number =
        client.crashes(FUNCTION, "default").stream()
            .filter(wanted)
            .map(Crash::number)
            .findFirst()
            .orElseThrow();
    return client.crash(FUNCTION, "default", number).orElseThrow();
  }

  @Test
  void aLoopOfAnExitCodeIsCountedAndKeepsItsLastLines() {
    deploy("hello-a", TestBundle.script("echo starting; echo boom >&2; exit 3\n"), null);
    Crash crash = awaitCrash(found -> found.times() >= 3);
    assertThat(crash.how()).isEqualTo("ended with exit code 3");
    assertThat(crash.exitCode()).isEqualTo(3);
    assertThat(crash.signal()).isNull();
    assertThat(crash.limits()).isEmpty();
    assertThat(crash.lines()).containsExactly("starting", "boom");
    assertThat(crash.revision()).isEqualTo(42);
    assertThat(crash.workload()).isEqualTo("hello-a");
    assertThat(crash.firstAt()).isBefore(crash.lastAt());
    List<Crash> all = client.crashes(FUNCTION, "default");
    assertThat(all).hasSize(1);
    assertThat(all.getFirst().lines()).as("in the list").isEmpty();
  }

  @Test
  void outOfMemoryNamesTheLimitAndThePeak() {
    deploy(
        "hello-a",
        TestBundle.script(
            "exec /usr/bin/python3 -c 'print(\"growing\", flush=True); x = bytearray(200 << 20)'\n"),
        "64Mi");
    Crash crash = awaitCrash(found -> found.how().startsWith("out of memory"));
    assertThat(crash.signal()).isEqualTo(9);
    assertThat(crash.exitCode()).isNull();
    assertThat(crash.limits()).hasSize(1).first().asString().contains("its limit of 64Mi");
    assertThat(crash.memoryLimit()).isEqualTo(64 << 20);
    assertThat(crash.memoryPeak()).isBetween(32L << 20, 64L << 20);
    assertThat(crash.lines()).containsExactly("growing");
  }

  @Test
  void aSignalIsKeptWithoutSecretsAndStaysWhenTheWorkloadAndTheProviderAreGone() {
    byte[] secret = "correct-horse-battery".getBytes(StandardCharsets.UTF_8);
    client.putSecret(new Secret("key", "default", null, secret));
    deploy(
        "hello-a", TestBundle.script("cat /var/openfaas/secrets/key; echo; kill -SEGV $$\n"), null);
    Crash crash = awaitCrash(found -> true);
    assertThat(crash.how()).isEqualTo("ended by signal 11: segmentation fault");
    assertThat(crash.signal()).isEqualTo(11);
    assertThat(crash.lines()).isNotEmpty();
    assertThat(String.join("\n", crash.lines())).doesNotContain("horse");
    client.delete("hello-a", "default");
    await().atMost(TestProvider.PATIENCE).until(() -> running.instanceFolders().isEmpty());
    running.stop();
    running.start();
    try (HttpFunctionProvider again = running.client()) {
      List<Crash> left = again.crashes(FUNCTION, "default");
      assertThat(left).hasSize(1);
      assertThat(left.getFirst().number()).isEqualTo(crash.number());
      assertThat(left.getFirst().how()).isEqualTo(crash.how());
    }
  }

  @Test
  void anInstanceThatIsAskedToEndLeavesNoCrash() {
    deploy("hello-a", TestBundle.server("fine"), null);
    running.awaitEndpoint("hello-a");
    client.scale("hello-a", "default", 0);
    await().atMost(TestProvider.PATIENCE).until(() -> running.instanceFolders().isEmpty());
    assertThat(client.crashes(FUNCTION, "default")).isEmpty();
  }
}
