package lmnop.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Endpoint;
import org.junit.jupiter.api.Test;

final class EndpointsTest {
  private static final WorkloadKey KEY = new WorkloadKey("default", "hello");

  private static final List<Pod> PODS =
      Stream.of(
              "---\n{metadata: {name: ready}, status: {podIP: 10.244.0.1,"
                  + " conditions: [{type: PodScheduled, status: 'True'}, {type: Ready, status: 'True'}]}}",
              "---\n{metadata: {name: too}, status: {podIP: 10.244.0.2,"
                  + " conditions: [{type: Ready, status: 'True'}]}}",
              "---\n{metadata: {name: silent}, status: {podIP: 10.244.0.3,"
                  + " conditions: [{type: ContainersReady, status: 'True'}, {type: Ready, status: 'False'}]}}",
              "---\n{metadata: {name: gated}, spec: {readinessGates: [{conditionType: lb}]}, status: {podIP: 10.244.0.7,"
                  + " conditions: [{type: ContainersReady, status: 'True'}, {type: Ready, status: 'False'}]}}",
              "---\n{metadata: {name: starts}, status: {podIP: 10.244.0.6,"
                  + " conditions: [{type: ContainersReady, status: 'False'}, {type: Ready, status: 'False'}]}}",
              "---\n{metadata: {name: unknown}, status: {podIP: 10.244.0.4,"
                  + " conditions: [{type: Ready, status: Unknown}]}}",
              "---\n{metadata: {name: ends, deletionTimestamp: '2026-01-01T00:00:00Z'}, status: {podIP: 10.244.0.5,"
                  + " conditions: [{type: Ready, status: 'True'}]}}",
              "---\n{metadata: {name: nowhere}, status: {conditions: [{type: Ready, status: 'True'}]}}",
              "---\n{metadata: {name: new}, status: {}}",
              "---\n{metadata: {name: newer}}")
          .map(pod -> Serialization.unmarshal(pod, Pod.class))
          .toList();

  @Test
  void readyPodsAreEndpointsAndThoseThatStartOrEndAreNot() {
    assertThat(Endpoints.of(KEY, PODS, "http1", Set.of()))
        .isEqualTo(
            Map.of(
                "ready", new Endpoint("default", "hello", "ready", "10.244.0.1", 8080, "http1"),
                "too", new Endpoint("default", "hello", "too", "10.244.0.2", 8080, "http1")));
  }

  @Test
  void thoseThatDrainAreNone() {
    assertThat(Endpoints.of(KEY, PODS, "http1", Set.of("ready"))).containsOnlyKeys("too");
  }

  /** As the cluster writes it of all pods of a machine from which it hears nothing. */
  @Test
  void whereNoneIsReadyThoseOfSilentMachinesAre() {
    assertThat(Endpoints.of(KEY, PODS, "http1", Set.of("ready", "too"))).containsOnlyKeys("silent");
    assertThat(Endpoints.of(KEY, PODS, "http1", Set.of("ready", "too", "silent"))).isEmpty();
  }
}
