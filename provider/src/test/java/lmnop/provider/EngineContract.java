package lmnop.provider;

import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.FunctionProviderContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract of every provider, kept by a whole one of ours, over HTTP. */
abstract class EngineContract extends FunctionProviderContract {
  private final String[] settings;
  private TestProvider running;
  private HttpFunctionProvider client;

  EngineContract(String... settings) {
    this.settings = settings;
  }

  @BeforeEach
  void start() {
    running = new TestProvider(settings).start();
    client = running.client();
  }

  @AfterEach
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
