package lmnop.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.provider.api.WorkloadKey;
import org.junit.jupiter.api.Test;

final class NetworkPoliciesTest {
  private final NetworkPolicies policies = new NetworkPolicies(Given.settings(), Given.MARKS);

  @Test
  void onlyRoutersComeIn() {
    NetworkPolicy policy = policies.ofAll("default");
    assertThat(policy.getSpec().getPodSelector().getMatchLabels())
        .isEqualTo(Map.of(Marks.PROVIDER, "provider-1"));
    assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
    List<NetworkPolicyPeer> callers = policy.getSpec().getIngress().getFirst().getFrom();
    assertThat(callers).hasSize(2);
    assertThat(callers.getFirst().getNamespaceSelector().getMatchLabels())
        .isEqualTo(Map.of("kubernetes.io/metadata.name", "lmnop"));
    assertThat(callers.getFirst().getPodSelector().getMatchLabels())
        .isEqualTo(Map.of("app.kubernetes.io/name", "lmnop-router"));
    assertThat(callers.get(1).getIpBlock().getCidr()).isEqualTo("192.0.2.0/24");
  }

  @Test
  void nothingPrivateAndNoMetadataIsReached() {
    List<IPBlock> ranges =
        policies.ofAll("default").getSpec().getEgress().stream()
            .flatMap(rule -> rule.getTo().stream())
            .map(NetworkPolicyPeer::getIpBlock)
            .filter(Objects::nonNull)
            .toList();
    assertThat(ranges)
        .extracting(IPBlock::getCidr)
        .containsExactly("0.0.0.0/0", "::/0", "10.1.2.0/24");
    assertThat(ranges.getFirst().getExcept())
        .contains("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16");
    assertThat(ranges.get(1).getExcept()).containsExactly("fc00::/7", "fe80::/10");
  }

  @Test
  void aFunctionThatAsksForItIsReachedByThoseOfItsOwnerOnly() {
    NetworkPolicy policy = policies.reachable(new WorkloadKey("anna", "hello"));
    assertThat(policy.getSpec().getPodSelector().getMatchLabels())
        .containsEntry(Marks.WORKLOAD, "hello");
    assertThat(
            policy
                .getSpec()
                .getIngress()
                .getFirst()
                .getFrom()
                .getFirst()
                .getPodSelector()
                .getMatchLabels())
        .isEqualTo(Map.of(Marks.PROVIDER, "provider-1", Marks.NAMESPACE, "anna"));
  }
}
