package lmnop.provider;

import lmnop.provider.artifacts.TestImage;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.FunctionProviderContract;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The same contract with images of the artifact store in the place of bundles. */
@RequiresTool({"root", "bwrap", "ip", "nft", "busybox"})
final class ImageContractTest extends FunctionProviderContract {
  private TestProvider running;
  private HttpFunctionProvider client;

  @BeforeEach
  void start() {
    running = new TestProvider().start();
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
    return TestImage.server("one").into(running.artifacts());
  }

  @Override
  protected String otherImage() {
    return TestImage.server("two").into(running.artifacts());
  }
}
