package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import lmnop.provider.kubernetes.FakeCluster;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the Kubernetes engine makes of a cluster, seen from both of its sides. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClusterEngineTest {
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

  private List<Pod> pods(String name) {
    return client().pods().inNamespace(PLACE).withLabel("lmnop.workload", name).list().getItems();
  }

  private void awaitEndpoints(String name, int count) {
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(running.endpoints(name)).hasSize(count));
  }

  @Test
  void readyPodsAreEndpointsAndTheServiceIsWhereRoutersGoOtherwise() {
    deploy("published");
    TestEndpoint endpoint = running.awaitEndpoint("published");
    assertThat(endpoint.instance()).startsWith("published-");
    assertThat(endpoint.host()).startsWith("10.244.");
    assertThat(endpoint.port()).isEqualTo(8080);
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(running.state("published")).isEqualTo("1/1 -"));
    assertThat(running.serviceAddress("published")).matches("10\\.96\\.0\\.\\d+:8080");
  }

  @Test
  void otherLabelsRestartNothing() {
    deploy("relabelled");
    String pod = pods("relabelled").getFirst().getMetadata().getName();
    provider.deploy(labelled("relabelled", Map.of("colour", "blue")));
    assertThat(provider.status("relabelled", "default").orElseThrow().labels())
        .containsEntry("colour", "blue");
    assertThat(pods("relabelled")).extracting(p -> p.getMetadata().getName()).containsExactly(pod);
  }

  @Test
  void whatIsSomebodyElsesIsRefusedAndStays() {
    Deployment theirs =
        new DeploymentBuilder()
            .withNewMetadata()
            .withNamespace(PLACE)
            .withName("theirs")
            .endMetadata()
            .withNewSpec()
            .withReplicas(0)
            .withNewSelector()
            .addToMatchLabels("app", "theirs")
            .endSelector()
            .withNewTemplate()
            .withNewMetadata()
            .addToLabels("app", "theirs")
            .endMetadata()
            .endTemplate()
            .endSpec()
            .build();
    client().resource(theirs).create();
    assertThatThrownBy(() -> provider.deploy(TestProvider.deployment("theirs", IMAGE)))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(409))
        .hasMessageContaining("somebody else");
    assertThat(deployment("theirs").getSpec().getReplicas()).isZero();
    assertThat(provider.status("theirs", "default")).isEmpty();
  }

  @Test
  void aSecondOwnerCannotHaveTheSameNameInOneNamespace() {
    deploy("mine");
    FunctionDeployment other =
        new FunctionDeployment(
            "mine", IMAGE, "anna", null, null, null, null, null, null, null, null, null);
    assertThatThrownBy(() -> provider.deploy(other)).hasMessageContaining("'default'");
    provider.putSecret(Secret.of("shared-name", "default", "one"));
    assertThatThrownBy(() -> provider.putSecret(Secret.of("shared-name", "anna", "two")))
        .hasMessageContaining("somebody else");
    assertThat(provider.secretNames("anna")).isEmpty();
  }

  @Test
  void bundlesAreRefusedInWords() {
    FunctionDeployment bundle =
        TestProvider.deployment("bundled", "bundle@sha256:" + "a".repeat(64));
    assertThatThrownBy(() -> provider.deploy(bundle))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageContaining("no bundles");
  }

  @Test
  void whatSomebodyChangesOrRemovesIsMadeAgain() {
    deploy("drifting");
    client()
        .apps()
        .deployments()
        .inNamespace(PLACE)
        .withName("drifting")
        .edit(d -> new DeploymentBuilder(d).editSpec().withReplicas(4).endSpec().build());
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> {
          assertThat(deployment("drifting").getSpec().getReplicas()).isEqualTo(1);
          assertThat(pods("drifting")).hasSize(1);
        });
    client().services().inNamespace(PLACE).withName("drifting").delete();
    client().apps().deployments().inNamespace(PLACE).withName("drifting").delete();
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> {
          assertThat(client().services().inNamespace(PLACE).withName("drifting").get()).isNotNull();
          assertThat(deployment("drifting")).isNotNull();
          assertThat(running.endpoints("drifting")).hasSize(1);
        });
  }

  @Test
  void instancesLoseTheirEndpointsBeforeTheyAreTakenAway() {
    deploy("shrinking");
    provider.scale("shrinking", "default", 3);
    awaitEndpoints("shrinking", 3);
    assertThat(
            client()
                .policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace(PLACE)
                .withName("shrinking")
                .get())
        .isNotNull();
    provider.scale("shrinking", "default", 1);
    awaitEndpoints("shrinking", 1);
    String stays = running.endpoints("shrinking").getFirst().instance();
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() ->
            assertThat(pods("shrinking"))
                .extracting(p -> p.getMetadata().getName())
                .containsExactly(stays));
    assertThat(
            client()
                .policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace(PLACE)
                .withName("shrinking")
                .get())
        .isNull();
  }

  @Test
  void aWorkloadIsWokenFromZero() {
    deploy("sleeping");
    provider.scale("sleeping", "default", 0);
    awaitEndpoints("sleeping", 0);
    await().atMost(TestProvider.PATIENCE).until(() -> pods("sleeping").isEmpty());
    try (HttpFunctionProvider waker = running.client("waker")) {
      waker.scale("sleeping", "default", 1);
    }
    awaitEndpoints("sleeping", 1);
  }

  @Test
  void nothingOfADeletedFunctionStays() {
    provider.putSecret(Secret.of("deleted-key", "default", "value"));
    provider.deploy(
        new FunctionDeployment(
            "removed",
            IMAGE,
            "default",
            null,
            null,
            null,
            List.of("deleted-key"),
            null,
            null,
            null,
            null,
            null));
    running.awaitEndpoint("removed");
    assertThat(client().secrets().inNamespace(PLACE).withName("removed.secrets.1").get())
        .isNotNull();
    provider.delete("removed", "default");
    assertThat(provider.status("removed", "default")).isEmpty();
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> {
          assertThat(deployment("removed")).isNull();
          assertThat(client().services().inNamespace(PLACE).withName("removed").get()).isNull();
          assertThat(client().secrets().inNamespace(PLACE).withName("removed.secrets.1").get())
              .isNull();
        });
    assertThat(running.endpoints("removed")).isEmpty();
    assertThat(running.state("removed")).isEqualTo("none");
    assertThat(provider.secretNames("default")).contains("deleted-key");
  }

  @Test
  void anImageThatCannotBePulledIsTheReason() {
    cluster.fate("unpulled", pod -> FakeCluster.waiting("ErrImagePull", "not found: <b>hello</b>"));
    provider.deploy(TestProvider.deployment("unpulled", IMAGE));
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() ->
            assertThat(running.state("unpulled"))
                .isEqualTo(
                    "0/1 the image '%s' cannot be pulled: not found: <b>hello</b>"
                        .formatted(IMAGE)));
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
}
