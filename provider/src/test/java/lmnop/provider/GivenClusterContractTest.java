package lmnop.provider;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The contract of every provider, kept by the Kubernetes engine with a real cluster, as {@code
 * core/testkit/kubernetes/node} starts one with the images that it makes.
 */
@EnabledIfSystemProperty(
    named = "cluster.kubeconfig",
    matches = ".+",
    disabledReason =
        "no -Dcluster.kubeconfig names a cluster; core/testkit/kubernetes/node starts one")
final class GivenClusterContractTest extends KubernetesContract {
  private static final String PLACE = "lmnop-functions";

  @Override
  Path kubeconfig() {
    Path given =
        Path.of(System.getProperty("cluster.kubeconfig", "")); // house-rule exception: by hand
    try (KubernetesClient client = client(given)) {
      client
          .resource(new NamespaceBuilder().withNewMetadata().withName(PLACE).endMetadata().build())
          .serverSideApply();
    }
    return given;
  }

  private static KubernetesClient client(Path kubeconfig) {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
        .build();
  }

  @AfterAll
  void remove() {
    deployed().forEach(name -> provider().delete(name, namespace()));
  }

  @Override
  protected String image() {
    return "lmnop.test/hello:1";
  }

  @Override
  protected String otherImage() {
    return "lmnop.test/other:1";
  }
}
