package lmnop.provider;

import java.nio.file.Path;
import lmnop.provider.kubernetes.FakeCluster;
import org.junit.jupiter.api.AfterAll;

/** The contract of every provider, kept by the Kubernetes engine with a mock of an API server. */
final class MockClusterContractTest extends KubernetesContract {
  private final FakeCluster cluster = new FakeCluster();

  @Override
  Path kubeconfig() {
    return cluster.kubeconfig();
  }

  @AfterAll
  void close() {
    cluster.close();
  }

  @Override
  protected String image() {
    return "registry.test/hello:one";
  }

  @Override
  protected String otherImage() {
    return "registry.test/hello:two";
  }
}
