package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.Secret;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A workload has its secrets as they were when it was deployed, whatever becomes of them. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
@Timeout(120)
final class WorkloadSecretsTest {
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

  private void deploy(String workload, String greeting) {
    client.deploy(
        new FunctionDeployment(
            workload,
            TestBundle.server("ready").into(running.artifacts()),
            "default",
            null,
            Map.of("GREETING", greeting),
            null,
            List.of("api-key"),
            null,
            null,
            null,
            null,
            null));
  }

  private void put(String value) {
    client.putSecret(Secret.of("api-key", "default", value));
  }

  private String read(String workload) {
    TestEndpoint at = running.awaitEndpoint(workload);
    return running.call("POST", at.host(), at.port(), "cat /var/openfaas/secrets/api-key");
  }

  private void startAnew(String workload) {
    client.scale(workload, "default", 0);
    await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints(workload).isEmpty());
    client.scale(workload, "default", 1);
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.walk(running.data().resolve("workload-secrets"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void instancesThatStartLaterReadTheSame() throws Exception {
    put("the first value");
    deploy("one", "a");
    assertThat(read("one")).isEqualTo("the first value");
    put("the second value");
    deploy("other", "a");
    assertThat(read("other")).isEqualTo("the second value");
    startAnew("one");
    assertThat(read("one")).isEqualTo("the first value");
    assertThat(client.deleteSecret("api-key", "default")).isTrue();
    running.stop();
    running.start();
    client.close();
    client = running.client();
    startAnew("one");
    assertThat(read("one")).isEqualTo("the first value");
  }

  @Test
  void aWorkloadThatIsDeployedAnewReadsTheNewestAndTheSameAgainChangesNothing() {
    put("the first value");
    deploy("one", "a");
    assertThat(read("one")).isEqualTo("the first value");
    put("the second value");
    deploy("one", "a");
    startAnew("one");
    assertThat(read("one")).isEqualTo("the first value");
    deploy("one", "b");
    await().atMost(TestProvider.PATIENCE).until(() -> read("one").equals("the second value"));
  }

  @Test
  void nothingIsLeftOfThemWhenTheWorkloadIsGone() throws Exception {
    put("the first value");
    deploy("one", "a");
    running.awaitEndpoint("one");
    assertThat(kept()).hasSize(1);
    assertThat(Files.getPosixFilePermissions(kept().getFirst()))
        .allMatch(permission -> permission.name().startsWith("OWNER"));
    client.delete("one", "default");
    assertThat(kept()).isEmpty();
  }

  @Test
  void whatADeploymentLeftThatWasInterruptedGoesAtTheNextStart() throws Exception {
    running.stop();
    Path left = running.data().resolve("workload-secrets/default/half-done");
    Files.createDirectories(left);
    Files.writeString(left.resolve("api-key"), "a value");
    running.start();
    assertThat(kept()).isEmpty();
  }
}
