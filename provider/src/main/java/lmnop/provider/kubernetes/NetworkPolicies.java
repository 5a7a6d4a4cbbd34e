package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lmnop.provider.api.WorkloadKey;

/**
 * Whom functions reach, and who reaches them: routers come in; public addresses, names and routers
 * are what they get out to. One policy holds for all functions of a namespace; a function that asks
 * for it is reached by the others of its owner as well.
 */
final class NetworkPolicies {
  /** An annotation of a function: {@code true} lets those of its owner call its instances. */
  static final String REACHABLE = "lmnop.reachable-by-functions";

  private static final String ALL = "lmnop-functions";
  private static final int DNS = 53;

  /** Private, shared and link-local ranges: the cluster's own, its API server, and metadata. */
  private static final List<String> DENIED =
      List.of(
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "100.64.0.0/10",
          "169.254.0.0/16",
          "127.0.0.0/8",
          "fc00::/7",
          "fe80::/10");

  private final KubernetesSettings settings;
  private final Marks marks;

  NetworkPolicies(KubernetesSettings settings, Marks marks) {
    this.settings = settings;
    this.marks = marks;
  }

  /** For all functions in a namespace of the cluster. */
  NetworkPolicy ofAll(String owner) {
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withNamespace(settings.namespaceOf(owner))
        .withName(ALL)
        .withLabels(shared(owner))
        .endMetadata()
        .withNewSpec()
        .withPodSelector(new LabelSelectorBuilder().withMatchLabels(marks.ours()).build())
        .withPolicyTypes("Ingress", "Egress")
        .addNewIngress()
        .withFrom(callers())
        .withPorts(port("TCP", PodTemplates.PORT))
        .endIngress()
        .withEgress(egress())
        .endSpec()
        .build();
  }

  /** In the one namespace that all owners share, the policy is nobody's in particular. */
  private Map<String, String> shared(String owner) {
    Map<String, String> labels = marks.of(owner);
    if (!settings.namespacePerOwner()) {
      labels.remove(Marks.NAMESPACE);
    }
    return labels;
  }

  /** For one function that the others of its owner may call. */
  NetworkPolicy reachable(WorkloadKey key) {
    NetworkPolicyPeer functions =
        new NetworkPolicyPeerBuilder()
            .withPodSelector(
                new LabelSelectorBuilder()
                    .addToMatchLabels(Marks.PROVIDER, marks.provider())
                    .addToMatchLabels(Marks.NAMESPACE, key.namespace())
                    .build())
            .build();
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withNamespace(settings.namespaceOf(key.namespace()))
        .withName(key.name())
        .withLabels(marks.of(key))
        .endMetadata()
        .withNewSpec()
        .withPodSelector(new LabelSelectorBuilder().withMatchLabels(Marks.selector(key)).build())
        .withPolicyTypes("Ingress")
        .addNewIngress()
        .withFrom(functions)
        .withPorts(port("TCP", PodTemplates.PORT))
        .endIngress()
        .endSpec()
        .build();
  }

  private List<NetworkPolicyPeer> callers() {
    List<NetworkPolicyPeer> callers = new ArrayList<>();
    callers.add(routers());
    settings.routerNetworks().forEach(range -> callers.add(range(range, List.of())));
    return callers;
  }

  private NetworkPolicyPeer routers() {
    return new NetworkPolicyPeerBuilder()
        .withNamespaceSelector(named(settings.routerNamespace()))
        .withPodSelector(new LabelSelectorBuilder().withMatchLabels(routerLabels()).build())
        .build();
  }

  private Map<String, String> routerLabels() {
    Map<String, String> labels = new LinkedHashMap<>();
    if (settings.routerPods().isEmpty()) {
      labels.put("app.kubernetes.io/name", "lmnop-router");
    }
    for (String label : settings.routerPods()) {
      int equals = label.indexOf('=');
      if (equals < 1) {
        throw new IllegalStateException(
            "kubernetes.router-pods has '%s': a label is expected, name=value".formatted(label));
      }
      labels.put(label.substring(0, equals), label.substring(equals + 1));
    }
    return labels;
  }

  private static LabelSelector named(String namespace) {
    return new LabelSelectorBuilder()
        .addToMatchLabels("kubernetes.io/metadata.name", namespace)
        .build();
  }

  private List<NetworkPolicyEgressRule> egress() {
    List<String> denied = settings.deniedNetworks().isEmpty() ? DENIED : settings.deniedNetworks();
    List<NetworkPolicyEgressRule> rules = new ArrayList<>();
    rules.add(to(range("0.0.0.0/0", denied.stream().filter(r -> r.indexOf(':') < 0).toList())));
    rules.add(to(range("::/0", denied.stream().filter(r -> r.indexOf(':') >= 0).toList())));
    rules.add(to(routers()));
    settings.allowedNetworks().forEach(range -> rules.add(to(range(range, List.of()))));
    NetworkPolicyPeer resolvers =
        new NetworkPolicyPeerBuilder().withNamespaceSelector(named("kube-system")).build();
    rules.add(
        new NetworkPolicyEgressRuleBuilder()
            .withTo(resolvers)
            .withPorts(port("UDP", DNS), port("TCP", DNS))
            .build());
    return rules;
  }

  private static NetworkPolicyEgressRule to(NetworkPolicyPeer peer) {
    return new NetworkPolicyEgressRuleBuilder().withTo(peer).build();
  }

  private static NetworkPolicyPeer range(String range, List<String> except) {
    return new NetworkPolicyPeerBuilder()
        .withNewIpBlock()
        .withCidr(range)
        .withExcept(except)
        .endIpBlock()
        .build();
  }

  private static NetworkPolicyPort port(String protocol, int port) {
    return new NetworkPolicyPort(null, new IntOrString(port), protocol);
  }
}
