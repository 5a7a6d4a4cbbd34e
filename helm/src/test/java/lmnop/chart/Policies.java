package lmnop.chart;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.List;

/** What the network policies of a chart let through, between its own parts. */
final class Policies {
  private Policies() {}

  /** Whether a part may call another one at a port: it may go there, and that one lets it in. */
  static boolean allow(Chart chart, String from, String to, int port) {
    NetworkPolicy leaves = policy(chart, from);
    NetworkPolicy enters = policy(chart, to);
    return leaves.getSpec().getEgress().stream()
            .anyMatch(rule -> names(rule.getTo(), to) && has(rule.getPorts(), port))
        && enters.getSpec().getIngress().stream()
            .anyMatch(rule -> names(rule.getFrom(), from) && has(rule.getPorts(), port));
  }

  private static NetworkPolicy policy(Chart chart, String part) {
    return chart.one(NetworkPolicy.class, Chart.RELEASE + "-" + part);
  }

  private static boolean names(List<NetworkPolicyPeer> peers, String part) {
    return peers.stream()
        .filter(peer -> peer.getPodSelector() != null && peer.getNamespaceSelector() == null)
        .anyMatch(peer ->
            ("lmnop-" + part)
                .equals(peer.getPodSelector().getMatchLabels().get("app.kubernetes.io/name")));
  }

  private static boolean has(List<NetworkPolicyPort> ports, int port) {
    return ports.stream().anyMatch(allowed -> allowed.getPort().getIntVal() == port);
  }
}
