package lmnop.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Endpoint;
import org.junit.jupiter.api.Test;

final class EndpointsTest {
  private static final WorkloadKey KEY = new WorkloadKey("default", "hello");

  private static Map<String, Endpoint> of(String slice, Set<String> draining) {
    EndpointSlice read = Serialization.unmarshal(slice, EndpointSlice.class);
    return Endpoints.of(KEY, List.of(read), "http1", draining);
  }

  private static final String SLICE =
      """
      kind: EndpointSlice
      apiVersion: discovery.k8s.io/v1
      addressType: IPv4
      ports: [{name: http, port: 8080}]
      endpoints:
        - {addresses: [10.244.0.1], targetRef: {kind: Pod, name: ready}, conditions: {ready: true}}
        - {addresses: [10.244.0.2], targetRef: {kind: Pod, name: said-nothing}}
        - {addresses: [10.244.0.3], targetRef: {kind: Pod, name: starts}, conditions: {ready: false}}
        - {addresses: [10.244.0.4], targetRef: {kind: Pod, name: ends}, conditions: {ready: true, terminating: true}}
        - {addresses: [10.244.0.5], conditions: {ready: true}}
      """;

  @Test
  void readyPodsAreEndpointsAndThoseThatEndAreNot() {
    assertThat(of(SLICE, Set.of()))
        .isEqualTo(
            Map.of(
                "ready",
                new Endpoint("default", "hello", "ready", "10.244.0.1", 8080, "http1"),
                "said-nothing",
                new Endpoint("default", "hello", "said-nothing", "10.244.0.2", 8080, "http1")));
  }

  @Test
  void thoseThatDrainAreNone() {
    assertThat(of(SLICE, Set.of("ready"))).containsOnlyKeys("said-nothing");
  }

  @Test
  void aSliceOfNoPodsHasNull() {
    String empty =
        "{\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/v1\",\"endpoints\":null,\"ports\":null}";
    assertThat(of(empty, Set.of())).isEmpty();
  }
}
