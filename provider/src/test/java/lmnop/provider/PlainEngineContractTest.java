package lmnop.provider;

import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.FunctionProviderContract;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract of every provider, kept by the process engine with plain processes. */
@RequiresTool("python3")
final class PlainEngineContractTest extends FunctionProviderContract {
  private TestProvider running;
  private HttpFunctionProvider client;

  @BeforeEach
  void start() {
    running = new TestProvider("isolation.sandbox=false", "trust-functions=true").start();
    client = running.client();
  }

  @AfterEach
  void stop() {
    client.close();
    running.close();
  }

  @Override
  protected FunctionProvider provider() {
    return client;
  }

  @Override
  protected String image() {
    return TestBundle.server("one").into(running.artifacts());
  }

  @Override
  protected String otherImage() {
    return TestBundle.server("two").into(running.artifacts());
  }
}
