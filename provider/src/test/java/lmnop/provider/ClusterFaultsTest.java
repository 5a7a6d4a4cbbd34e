package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import lmnop.provider.kubernetes.FakeCluster;
import lmnop.provider.kubernetes.FaultProxy;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.ProviderException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * An API server that is away, breaks off, forgets and fails: what runs is reached all the while.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClusterFaultsTest {
  private static final String IMAGE = "registry.test/hello:one";

  private final FakeCluster cluster = new FakeCluster();
  private final FaultProxy proxy = new FaultProxy(cluster.port());
  private final Path kubeconfig = FakeCluster.kubeconfig(proxy.port());
  private TestProvider running;
  private HttpFunctionProvider provider;

  /** The provider starts while the API server is away. */
  @BeforeAll
  void start() {
    cluster.endSlowly();
    proxy.takeAway();
    running =
        new TestProvider(
                "engine=kubernetes",
                "kubernetes.kubeconfig=" + kubeconfig,
                "kubernetes.answer=3s",
                "kubernetes.drain=1s")
            .start();
    provider = running.client();
    assertThat(provider.healthy()).isFalse();
    assertThatThrownBy(() -> provider.deploy(TestProvider.deployment("early", IMAGE)))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(503))
        .hasMessageContaining("API server does not answer");
    proxy.restore();
    await().atMost(TestProvider.PATIENCE).until(provider::healthy);
  }

  @AfterAll
  void stop() throws IOException {
    provider.close();
    running.close();
    proxy.close();
    cluster.close();
    Files.delete(kubeconfig);
  }

  private void deploy(String name) {
    provider.deploy(TestProvider.deployment(name, IMAGE));
    running.awaitEndpoint(name);
  }

  private void awaitEndpoints(String name, int count) {
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(running.endpoints(name)).hasSize(count));
  }

  @Test
  void watchesGoOnAfterConnectionsThatBroke() {
    deploy("broken-off");
    for (int i = 0; i < 3; i++) {
      proxy.cut();
      cluster.resize("broken-off", i % 2 == 0 ? 3 : 2);
      awaitEndpoints("broken-off", i % 2 == 0 ? 3 : 2);
    }
  }

  @Test
  void whatRunsStaysPublishedWhileTheServerIsAway() {
    deploy("left-alone");
    TestEndpoint before = running.endpoints("left-alone").getFirst();
    proxy.takeAway();
    try {
      assertThatThrownBy(() -> provider.deploy(TestProvider.deployment("left-alone", "other:1")))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.status()).isEqualTo(503));
      assertThat(running.endpoints("left-alone")).containsExactly(before);
      assertThat(provider.status("left-alone", "default").orElseThrow().image()).isEqualTo(IMAGE);
    } finally {
      proxy.restore();
    }
    await().atMost(TestProvider.PATIENCE).until(provider::healthy);
    assertThat(running.endpoints("left-alone")).containsExactly(before);
  }

  /**
   * A server that takes calls and answers none is not taken for one that says that nothing is
   * there.
   */
  @Test
  void aServerThatStandsStillHoldsUpNobodyForLong() throws Exception {
    deploy("standing");
    TestEndpoint before = running.endpoints("standing").getFirst();
    proxy.freeze();
    try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> calls =
          IntStream.range(0, 20)
              .<Future<?>>mapToObj(i ->
                  many.submit(
                      () -> provider.deploy(TestProvider.deployment("standing", "other:" + i))))
              .toList();
      for (Future<?> call : calls) {
        assertThatThrownBy(() -> call.get(2, TimeUnit.MINUTES))
            .cause()
            .isInstanceOf(ProviderException.class);
      }
      assertThat(running.endpoints("standing")).containsExactly(before);
      assertThat(provider.status("standing", "default").orElseThrow().image()).isEqualTo(IMAGE);
    } finally {
      proxy.thaw();
    }
    await().atMost(TestProvider.PATIENCE).until(provider::healthy);
    await()
        .atMost(TestProvider.PATIENCE)
        .ignoreExceptions()
        .until(() -> {
          provider.deploy(TestProvider.deployment("standing", "registry.test/hello:two"));
          return true;
        });
    awaitEndpoints("standing", 1);
  }

  @Test
  void aServerThatForgotWhatAWatchHasSeenIsAskedForAllAgain() {
    deploy("forgotten");
    cluster.forgetWatches(1);
    proxy.cut();
    cluster.resize("forgotten", 2);
    awaitEndpoints("forgotten", 2);
  }

  @Test
  void nothingIsTakenAwayBecauseAListFailed() {
    deploy("unlisted");
    TestEndpoint before = running.endpoints("unlisted").getFirst();
    cluster.failLists(true);
    cluster.forgetWatches(1);
    proxy.cut();
    await().atMost(TestProvider.PATIENCE).until(() -> cluster.failedLists() > 3);
    assertThat(running.endpoints("unlisted")).containsExactly(before);
    assertThat(cluster.hasDeployment("unlisted")).isTrue();
    cluster.failLists(false);
    await().atMost(TestProvider.PATIENCE).until(provider::healthy);
    cluster.resize("unlisted", 2);
    awaitEndpoints("unlisted", 2);
    assertThat(running.endpoints("unlisted")).contains(before);
  }
}
