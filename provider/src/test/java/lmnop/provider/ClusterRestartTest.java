package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import lmnop.provider.kubernetes.FakeCluster;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the next provider process knows of a cluster. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClusterRestartTest {
  private static final String IMAGE = "registry.test/hello:one";
  private static final String PLACE = "lmnop-functions";

  private final FakeCluster cluster = new FakeCluster();
  private TestProvider running;
  private HttpFunctionProvider provider;

  @BeforeAll
  void start() {
    running =
        new TestProvider(
            "engine=kubernetes",
            "kubernetes.kubeconfig=" + cluster.kubeconfig(),
            "kubernetes.drain=1s");
    begin();
  }

  private void begin() {
    running.start();
    provider = running.client();
    await().atMost(TestProvider.PATIENCE).until(provider::healthy);
  }

  @AfterAll
  void stop() {
    provider.close();
    running.close();
    cluster.close();
  }

  private KubernetesClient client() {
    return cluster.client();
  }

  private static FunctionDeployment labelled(String name, Map<String, String> labels) {
    return new FunctionDeployment(
        name, IMAGE, "default", null, null, null, null, labels, null, null, null, null);
  }

  private void deploy(String name) {
    provider.deploy(TestProvider.deployment(name, IMAGE));
    running.awaitEndpoint(name);
  }

  private Deployment deployment(String name) {
    return client().apps().deployments().inNamespace(PLACE).withName(name).get();
  }

  private void awaitEndpoints(String name, int count) {
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(running.endpoints(name)).hasSize(count));
  }

  @Test
  void whatRanIsKnownToTheNextProviderAndWhatWasRemovedIsRemovedByIt() {
    deploy("lasting");
    deploy("leaving");
    provider.close();
    running.stop();
    client()
        .apps()
        .deployments()
        .inNamespace(PLACE)
        .withName("leaving")
        .edit(d ->
            new DeploymentBuilder(d)
                .editMetadata()
                .addToAnnotations("lmnop.deleted", "true")
                .endMetadata()
                .build());
    begin();
    assertThat(provider.status("lasting", "default").orElseThrow().image()).isEqualTo(IMAGE);
    awaitEndpoints("lasting", 1);
    assertThat(provider.status("leaving", "default")).isEmpty();
    await().atMost(TestProvider.PATIENCE).until(() -> deployment("leaving") == null);
    awaitEndpoints("leaving", 0);
  }

  @Test
  void aLogIsNotReadTwiceByTheNextProvider() {
    deploy("logged");
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(
            () -> assertThat(running.log("logged")).containsExactly("hello", "it listens"));
    provider.close();
    running.stop();
    begin();
    running.awaitEndpoint("logged");
    deploy("logged-later");
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(running.log("logged-later")).contains("it listens"));
    assertThat(running.log("logged")).containsExactly("hello", "it listens");
  }

  @Test
  void howAProgramEndedByItselfIsKept() {
    cluster.fate("dying", FakeCluster::outOfMemory);
    provider.deploy(labelled("dying", Map.of("lmnop.function-id", "77", "lmnop.revision", "5")));
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(provider.crashes("77", "default")).hasSize(1));
    Crash crash = provider.crash("77", "default", 1).orElseThrow();
    assertThat(crash.how()).startsWith("out of memory: it needed more than its limit of");
    assertThat(crash.limits()).hasSize(1);
    assertThat(crash.signal()).isEqualTo(9);
    assertThat(crash.exitCode()).isNull();
    assertThat(crash.revision()).isEqualTo(5);
    assertThat(crash.lines()).contains("hello");
    provider.close();
    running.stop();
    begin();
    deploy("after-it"); // by then what the cluster tells at the start has been looked at
    assertThat(provider.crashes("77", "default"))
        .singleElement()
        .extracting(Crash::times)
        .as("the next provider does not count it once more")
        .isEqualTo(1);
    provider.forgetCrashes("77", "default");
    assertThat(provider.crashes("77", "default")).isEmpty();
  }
}
