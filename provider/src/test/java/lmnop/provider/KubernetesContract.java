package lmnop.provider;

import java.nio.file.Path;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.FunctionProviderContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** The contract of every provider, kept by one of ours whose functions run in a cluster. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class KubernetesContract extends FunctionProviderContract {
  private TestProvider running;
  private HttpFunctionProvider client;

  /** Leads to a cluster with the namespace {@code lmnop-functions}. */
  abstract Path kubeconfig();

  @BeforeAll
  void start() {
    running =
        new TestProvider("engine=kubernetes", "kubernetes.kubeconfig=" + kubeconfig()).start();
    client = running.client();
  }

  @AfterAll
  void stop() {
    client.close();
    running.close();
  }

  final TestProvider running() {
    return running;
  }

  @Override
  protected FunctionProvider provider() {
    return client;
  }
}
