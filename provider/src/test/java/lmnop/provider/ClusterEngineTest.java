package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
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
  void nothingStaysOfWhatTheClusterRefuses() {
    provider.putSecret(Secret.of("refused-key", "default", "value"));
    cluster.refuse("/deployments/refused");
    assertThatThrownBy(() -> provider.deploy(reading("refused", IMAGE, "refused-key")))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageContaining("The cluster refuses this Deployment: no such thing");
    cluster.refuse("");
    assertThat(provider.status("refused", "default")).isEmpty();
    assertThat(client().services().inNamespace(PLACE).withName("refused").get()).isNull();
    assertThat(client().secrets().inNamespace(PLACE).withName("refused.secrets.1").get()).isNull();
  }

  private static FunctionDeployment reading(String name, String image, String secret) {
    return new FunctionDeployment(
        name, image, "default", null, null, null, List.of(secret), null, null, null, null, null);
  }

  @Test
  void aGenerationReadsItsSecretsAsTheyWereAndOldOnesGo() {
    provider.putSecret(Secret.of("turning-key", "default", "one"));
    provider.deploy(reading("turning", "registry.test/hello:1", "turning-key"));
    provider.putSecret(Secret.of("turning-key", "default", "two"));
    assertThat(kept("turning", 1)).isEqualTo("one");
    provider.deploy(reading("turning", "registry.test/hello:2", "turning-key"));
    assertThat(kept("turning", 1)).isEqualTo("one");
    assertThat(kept("turning", 2)).isEqualTo("two");
    provider.deploy(reading("turning", "registry.test/hello:3", "turning-key"));
    assertThat(client().secrets().inNamespace(PLACE).withName("turning.secrets.1").get()).isNull();
    assertThat(kept("turning", 2)).isEqualTo("two");
  }

  private String kept(String workload, int generation) {
    String content =
        client()
            .secrets()
            .inNamespace(PLACE)
            .withName(workload + ".secrets." + generation)
            .require()
            .getData()
            .get("turning-key");
    return new String(Base64.getDecoder().decode(content), StandardCharsets.UTF_8);
  }

  @Test
  void eachOwnerMayHaveANamespace() {
    try (TestProvider apart =
            new TestProvider(
                    "engine=kubernetes",
                    "kubernetes.kubeconfig=" + cluster.kubeconfig(),
                    "kubernetes.namespace=apart",
                    "kubernetes.namespace-per-owner=true")
                .start();
        HttpFunctionProvider client = apart.client()) {
      await().atMost(TestProvider.PATIENCE).until(client::healthy);
      for (String owner : List.of("anna", "bert")) {
        client.putSecret(Secret.of("same-name", owner, "of " + owner));
        client.deploy(
            new FunctionDeployment(
                "same", IMAGE, owner, null, null, null, null, null, null, null, null, null));
        Namespace namespace = client().namespaces().withName("apart-" + owner).require();
        assertThat(namespace.getMetadata().getLabels())
            .containsEntry("pod-security.kubernetes.io/enforce", "restricted");
        assertThat(
                client()
                    .network()
                    .v1()
                    .networkPolicies()
                    .inNamespace("apart-" + owner)
                    .withName("lmnop-functions")
                    .get())
            .isNotNull();
      }
      await().atMost(TestProvider.PATIENCE).until(() -> apart.endpoints("same").size() == 2);
      assertThat(client.list("anna")).hasSize(1);
      assertThat(client.secretNames("bert")).containsExactly("same-name");
    }
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
}
