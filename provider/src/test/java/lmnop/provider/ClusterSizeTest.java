package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import lmnop.provider.kubernetes.FakeCluster;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A provider that finds many functions in its cluster, and has a small heap. */
@Tag(Reliability.TAG)
final class ClusterSizeTest {
  private static final int FUNCTIONS = Thorough.isAskedFor() ? 1000 : 40;
  private static final int INSTANCES = 3;
  private static final int CHANGES = 11;
  private static final int HEAP = 256; // mebibytes
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Test
  void allThatRunsIsPublishedAndAChangeOfOnePodIsOneOfItsEndpoints() throws Exception {
    try (FakeCluster cluster = new FakeCluster();
        TestProvider running =
            new TestProvider(
                "engine=kubernetes", "kubernetes.kubeconfig=" + cluster.kubeconfig())) {
      cluster.fill(running.settings().getOrDefault("id", ""), FUNCTIONS, INSTANCES);
      long begin = System.nanoTime();
      ProviderProcess process = ProviderProcess.start(running, Map.of(), HEAP);
      await().atMost(PATIENCE).until(() -> running.endpoints().size() == FUNCTIONS * INSTANCES);
      say("ms until all that runs is published, from the start on", millisSince(begin), 10_000);
      see(process);
      say(
          "ms until the registry has another pod of one of them, middle of " + CHANGES,
          middleOfChanges(cluster, running),
          250);
      assertThat(running.endpoints()).hasSize(FUNCTIONS * INSTANCES + CHANGES);
      running.endOthers();
    }
  }

  /**
   * One pod more at a time; how long the one in the middle took from when the cluster told of it.
   */
  private static long middleOfChanges(FakeCluster cluster, TestProvider running) {
    long[] millis = new long[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
      int instances = INSTANCES + 1 + i;
      cluster.resize("many-7", instances);
      await()
          .pollInterval(Duration.ofMillis(5))
          .atMost(PATIENCE)
          .until(() -> running.endpoints("many-7").size() == instances);
      millis[i] = millisSince(cluster.podToldAt());
    }
    Arrays.sort(millis);
    return millis[CHANGES / 2];
  }

  private static void see(ProviderProcess process) {
    try (HttpFunctionProvider client = process.client()) {
      assertThat(client.list("default"))
          .hasSize(FUNCTIONS)
          .allSatisfy(
              f -> assertThat(f).extracting(FunctionStatus::availableReplicas).isEqualTo(3));
    }
  }

  /** The heap's limit is the process's own: it would not get so far with less. */
  private static void say(String what, long millis, long atMost) {
    String size = "%d functions x %d, %d MiB: ".formatted(FUNCTIONS, INSTANCES, HEAP);
    Reliability.say("K8S", size + what, millis, atMost);
  }

  private static long millisSince(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
  }
}
