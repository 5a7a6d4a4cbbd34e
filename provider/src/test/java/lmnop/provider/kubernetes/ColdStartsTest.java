package lmnop.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ColdStartsTest {
  private final AtomicLong now = new AtomicLong();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ColdStarts starts = new ColdStarts(registry, now::get);

  private static Pod pod(@Nullable String machine, PodStatus status) {
    return new PodBuilder()
        .withNewMetadata()
        .withName("hello-1")
        .endMetadata()
        .withNewSpec()
        .withNodeName(machine)
        .endSpec()
        .withStatus(status)
        .build();
  }

  private void after(long millis) {
    now.addAndGet(Duration.ofMillis(millis).toNanos());
  }

  private long millis(String phase) {
    Timer timer = registry.find("lmnop.provider.cold.start").tag("phase", phase).timer();
    return timer == null ? -1 : (long) timer.totalTime(TimeUnit.MILLISECONDS);
  }

  @Test
  void eachPartIsMeasuredWhenItIsTold() {
    PodStatus waiting = FakeCluster.waiting("ContainerCreating", null);
    PodStatus runs = FakeCluster.ready(pod(null, new PodStatus()));
    runs.getConditions().getFirst().setStatus("False");
    starts.seen(pod(null, new PodStatus()));
    after(10);
    starts.seen(pod("node1", waiting));
    after(200);
    starts.seen(pod("node1", runs));
    after(3000);
    starts.seen(pod("node1", FakeCluster.ready(pod(null, new PodStatus()))));
    after(1000);
    starts.seen(pod("node1", FakeCluster.ready(pod(null, new PodStatus()))));
    assertThat(millis("schedule")).isEqualTo(10);
    assertThat(millis("start")).isEqualTo(200);
    assertThat(millis("ready")).isEqualTo(3000);
  }

  @Test
  void podsThatWereThereBeforeAreNotMeasured() {
    starts.seen(pod("node1", FakeCluster.waiting("ContainerCreating", null)));
    after(10);
    starts.seen(pod("node1", FakeCluster.ready(pod(null, new PodStatus()))));
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void aPullIsAsLongAsTheClusterSays() {
    starts.pulled(
        "Successfully pulled image \"registry.example.com/a in 3s\" in 1m2.5s (1m3s including waiting)");
    assertThat(millis("pull")).isEqualTo(62_500);
    starts.pulled("Container image \"a\" already present on machine");
    assertThat(millis("pull")).isEqualTo(62_500);
  }
}
