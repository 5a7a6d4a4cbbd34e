package lmnop.provider;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.providerapi.FunctionProvider;
import lmnop.testkit.openfaas.FakeGateway;

/** A provider of ours whose functions a gateway runs. */
final class OpenFaasProvider {
  private OpenFaasProvider() {}

  /** Not started yet, and quick to look and to believe. */
  static TestProvider before(FakeGateway gateway, String... more) {
    TestProvider provider = new TestProvider(more);
    Path password = provider.directory().resolve("gateway");
    new CredentialFile(password).write(new Token(FakeGateway.PASSWORD));
    provider.settings().put("engine", "openfaas");
    provider.settings().put("openfaas.url", gateway.url().toString());
    provider.settings().put("openfaas.password-file", password.toString());
    provider.settings().putIfAbsent("openfaas.look", "100ms");
    provider.settings().putIfAbsent("openfaas.settle", "400ms");
    return provider;
  }

  static void awaitHealthy(FunctionProvider provider) {
    await().atMost(TestProvider.PATIENCE).until(provider::healthy);
  }
}
