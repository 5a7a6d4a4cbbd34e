package lmnop.provider;

import java.net.URI;
import java.nio.file.Path;
import lmnop.operations.credentials.CredentialFile;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.FunctionProviderContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The same contract, kept by whatever is at a URL: an OpenFaaS, a faasd, a provider of ours. It
 * deploys functions there and removes them again.
 */
@EnabledIfSystemProperty(
    named = "contract.url",
    matches = "http.+",
    disabledReason = "no -Dcontract.url names a provider or an OpenFaaS to hold to the contract")
final class GivenProviderContractTest extends FunctionProviderContract {
  private @Nullable HttpFunctionProvider client;

  /** What was given with {@code -Dcontract.NAME=…}. */
  private static String given(String name, String otherwise) {
    return System.getProperty("contract." + name, otherwise); // house-rule exception: by hand
  }

  @Override
  protected FunctionProvider provider() {
    if (client == null) {
      client =
          new HttpFunctionProvider(
              URI.create(given("url", "")),
              given("user", "admin"),
              new CredentialFile(Path.of(given("password-file", "password"))));
    }
    return client;
  }

  @Override
  protected String namespace() {
    return given("namespace", "openfaas-fn");
  }

  @Override
  protected boolean isWhole() {
    return Boolean.parseBoolean(given("whole", "false"));
  }

  @Override
  protected String image() {
    return given("image", "ghcr.io/openfaas/alpine:latest");
  }

  @Override
  protected String otherImage() {
    return given("other-image", "ghcr.io/openfaas/nodeinfo:latest");
  }

  @AfterEach
  void remove() {
    deployed().forEach(name -> provider().delete(name, namespace()));
    if (client != null) {
      client.close();
      client = null;
    }
  }
}
