package lmnop.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.FunctionProviderContract;
import lmnop.testkit.openfaas.FakeGateway;
import lmnop.testkit.openfaas.GatewayKind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/**
 * The contract of every provider, kept by a stand-in for each kind of gateway: by itself, which
 * shows that it is one, and with a provider of ours before it.
 */
final class GatewayContractTest {
  /** A gateway, and who speaks to it. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class OfGateway extends FunctionProviderContract {
    private final GatewayKind kind;
    private final boolean throughUs;
    private final FakeGateway gateway;
    private @Nullable TestProvider running;
    private @Nullable Path passwords;
    private HttpFunctionProvider client;

    OfGateway(GatewayKind kind, boolean throughUs) {
      this.kind = kind;
      this.throughUs = throughUs;
      this.gateway = new FakeGateway(kind);
    }

    @BeforeAll
    void start() throws IOException {
      if (throughUs) {
        running = OpenFaasProvider.before(gateway).start();
        client = running.client();
      } else {
        passwords = Files.createTempDirectory("lmnop-gateway");
        CredentialFile file = new CredentialFile(passwords.resolve("password"));
        file.write(new Token(FakeGateway.PASSWORD));
        client = new HttpFunctionProvider(gateway.url(), "admin", file);
      }
      OpenFaasProvider.awaitHealthy(client);
    }

    @AfterEach
    void remove() {
      deployed().forEach(name -> client.delete(name, namespace()));
    }

    @AfterAll
    void stop() throws IOException {
      client.close();
      if (running != null) {
        running.close();
      }
      if (passwords != null) {
        Files.delete(passwords.resolve("password"));
        Files.delete(passwords);
      }
      gateway.close();
    }

    @Override
    protected FunctionProvider provider() {
      return client;
    }

    @Override
    protected String namespace() {
      return throughUs ? "default" : "openfaas-fn";
    }

    @Override
    protected boolean isWhole() {
      return throughUs && kind == GatewayKind.PRO;
    }

    @Override
    protected int mostInstances() {
      return kind == GatewayKind.FAASD ? 1 : 3;
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

  @Nested
  final class CommunityByItself extends OfGateway {
    CommunityByItself() {
      super(GatewayKind.CE, false);
    }
  }

  @Nested
  final class FaasdByItself extends OfGateway {
    FaasdByItself() {
      super(GatewayKind.FAASD, false);
    }
  }

  @Nested
  final class ProByItself extends OfGateway {
    ProByItself() {
      super(GatewayKind.PRO, false);
    }
  }

  @Nested
  final class UsBeforeCommunity extends OfGateway {
    UsBeforeCommunity() {
      super(GatewayKind.CE, true);
    }
  }

  @Nested
  final class UsBeforeFaasd extends OfGateway {
    UsBeforeFaasd() {
      super(GatewayKind.FAASD, true);
    }
  }

  @Nested
  final class UsBeforePro extends OfGateway {
    UsBeforePro() {
      super(GatewayKind.PRO, true);
    }
  }
}
