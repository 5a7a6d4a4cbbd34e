package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.provider.kubernetes.FakeCluster;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two processes of one provider at one database and one cluster: one of them leads, and what it
 * began the other one goes on with.
 */
final class TwoProvidersTest {
  private static final int MANY_LOOKS = 40; // more than all windows together

  private final FakeCluster cluster = new FakeCluster();

  /** How many instances the Deployment of {@code busy} asked for, one after the other. */
  private final List<Integer> asked = new CopyOnWriteArrayList<>();

  private TestProvider first;
  private TestProvider second;
  private CompletableFuture<TestProvider> standing;
  private FakeRouter router;

  @BeforeEach
  void start() throws IOException {
    first =
        new TestProvider(
                "engine=kubernetes",
                "kubernetes.kubeconfig=" + cluster.kubeconfig(),
                "kubernetes.drain=500ms",
                "scaling.look=100ms",
                "scaling.stable=1s",
                "scaling.panic=300ms",
                "scaling.delay=1s")
            .start();
    try (HttpFunctionProvider client = first.client()) {
      await().atMost(TestProvider.PATIENCE).until(client::healthy);
    }
    second = first.another();
    standing =
        CompletableFuture.supplyAsync(second::start, waits -> Thread.ofVirtual().start(waits));
    router = new FakeRouter(first);
    watch();
    router.says(ScaledFunctions.page("busy", 1, 0));
    new ScaledFunctions(first).deploy(71, "busy", "registry.test/busy:1");
    await().atMost(TestProvider.PATIENCE).until(() -> !first.endpoints("busy").isEmpty());
  }

  private void watch() {
    cluster
        .client()
        .apps()
        .deployments()
        .inNamespace("lmnop-functions")
        .watch(
            new Watcher<Deployment>() {
              @Override
              public void eventReceived(Action action, Deployment deployment) {
                int replicas = deployment.getSpec().getReplicas();
                if (asked.isEmpty() || asked.getLast() != replicas) {
                  asked.add(replicas);
                }
              }

              @Override
              public void onClose(WatcherException cause) {}
            });
  }

  @AfterEach
  void stop() {
    router.close();
    first.stop();
    standing.join();
    second.close();
    first.close();
    cluster.close();
  }

  private void manyLooks() {
    int before = router.asked();
    await().atMost(TestProvider.PATIENCE).until(() -> router.asked() > before + MANY_LOOKS);
  }

  private static void awaitReplicas(TestProvider provider, int wanted) {
    try (HttpFunctionProvider client = provider.client()) {
      await()
          .atMost(TestProvider.PATIENCE)
          .until(() -> client.status("busy", "team").orElseThrow().replicas() == wanted);
    }
  }

  private void awaitSecond() {
    await().atMost(TestProvider.PATIENCE).until(standing::isDone);
    try (HttpFunctionProvider client = second.client()) {
      await().atMost(TestProvider.PATIENCE).until(client::healthy);
    }
  }

  @Test
  void oneLeadsAndWhereItStopsTheOtherGoesOnAndNothingFlaps() {
    router.says(ScaledFunctions.page("busy", 5, 0));
    awaitReplicas(first, 3);
    manyLooks();
    assertThat(asked).as("up, in two steps at most").isSorted().endsWith(3).hasSizeLessThan(4);
    assertThat(standing).as("the other one stands by").isNotDone();
    first.stop();
    awaitSecond();
    awaitReplicas(second, 3);
    assertThat(second.endpoints("busy")).hasSize(3);
    router.says(ScaledFunctions.page("busy", 1, 0));
    awaitReplicas(second, 1);
    manyLooks();
    assertThat(ScaledFunctions.turns(asked)).as("up and down: %s", asked).isEqualTo(1);
    router.says(ScaledFunctions.page("busy", 0, 0));
    awaitReplicas(second, 0);
    try (HttpFunctionProvider client = second.client("waker")) {
      assertThat(client.scale("busy", "team", 1)).isTrue();
    }
    await().atMost(TestProvider.PATIENCE).until(() -> !second.endpoints("busy").isEmpty());
    assertThat(ScaledFunctions.turns(asked)).as("and woken: %s", asked).isEqualTo(2);
  }

  /** As after a pause in which its lease ended, and somebody else began. */
  @Test
  void whoLostTheLeadEndsAndTakesNothingAway() {
    List<TestEndpoint> before = first.endpoints("busy");
    first
        .database()
        .execute(
            "UPDATE lmnop.provider_lease SET holder = 'somebody', fence = fence + 1,"
                + " lease_until = now() + interval '4 seconds'");
    await().atMost(TestProvider.PATIENCE).until(() -> !first.answers());
    assertThat(first.endpoints("busy")).isEqualTo(before);
    awaitSecond();
    assertThat(second.endpoints("busy")).isEqualTo(before);
    awaitReplicas(second, 1);
    assertThat(asked).containsExactly(1);
  }

  @Test
  void anotherProviderIsRefused() {
    try (TestProvider other = first.another()) {
      other.settings().put("id", "other");
      assertThatThrownBy(other::start).hasMessageContaining("provides for this registry already");
    }
    assertThat(first.answers()).isTrue();
  }

  @Test
  void aTargetInProcessorTimeIsRefusedInACluster() {
    try (HttpFunctionProvider client = first.client()) {
      FunctionDeployment deployment =
          TestProvider.deployment("hot", "registry.test/hot:1")
              .with(Map.of("com.openfaas.scale.type", "cpu"), null);
      assertThatThrownBy(() -> client.deploy(deployment))
          .hasMessageContaining("not known in a cluster: capacity or rps is expected");
    }
  }
}
