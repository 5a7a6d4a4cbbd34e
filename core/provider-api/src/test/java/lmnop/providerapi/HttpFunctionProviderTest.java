package lmnop.providerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the answers that faas-netes, faasd and the OpenFaaS gateway are known to give. */
final class HttpFunctionProviderTest {
  private static final FunctionDeployment DEPLOYMENT =
      new FunctionDeployment(
          "hello", "img@sha256:aa", "ns", null, null, null, null, null, null, null, null, null);

  @TempDir Path directory;
  private ScriptedServer server;
  private HttpFunctionProvider provider;

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer();
    provider = client(server.url());
  }

  private HttpFunctionProvider client(URI url) {
    CredentialFile file = new CredentialFile(directory.resolve("token"));
    file.write(new Token("secret-token"));
    return new HttpFunctionProvider(url, "operator", file, Duration.ofSeconds(5));
  }

  @AfterEach
  void stop() {
    provider.close();
    server.close();
  }

  @Test
  void readsAStatusThatLeavesOutWhatIsZero() {
    server.then(
        200,
        """
        {"name":"hello","image":"i","namespace":"ns","labels":null,"surprise":{"a":1},
         "createdAt":"0001-01-01T00:00:00Z"}
        """);
    FunctionStatus status = provider.status("hello", "ns").orElseThrow();
    assertThat(status.replicas()).isZero();
    assertThat(status.availableReplicas()).isZero();
    assertThat(status.labels()).isNull();
    assertThat(status.createdAt()).isEqualTo(Instant.parse("0001-01-01T00:00:00Z"));
    ScriptedServer.Asked asked = server.asked().getFirst();
    assertThat(asked.uri()).isEqualTo("/system/function/hello?namespace=ns");
    assertThat(asked.authorization()).isEqualTo("Basic b3BlcmF0b3I6c2VjcmV0LXRva2Vu");
  }

  @Test
  void aProviderOfOthersKeepsNoCrashes() {
    server
        .then(404, "404 page not found")
        .then(404, "404 page not found")
        .then(404, "404 page not found");
    assertThatThrownBy(() -> provider.crashes("7", "ns"))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("keeps nothing of instances that crashed");
    assertThat(provider.crash("7", "ns", 3)).isEmpty();
    provider.forgetCrashes("7", "ns");
    assertThat(server.asked())
        .extracting(ScriptedServer.Asked::uri)
        .containsExactly(
            "/lmnop/crashes/7?namespace=ns",
            "/lmnop/crashes/7?namespace=ns&number=3",
            "/lmnop/crashes/7?namespace=ns");
  }

  @Test
  void takesNullForAnEmptyListAndAsksOnceMoreWhenTheConnectionIsCut() {
    server.thenCutOff().then(200, "null");
    assertThat(provider.list("ns")).isEmpty();
  }

  @Test
  void createsWhereThereIsNothingToUpdate() {
    server.then(404, "").then(202, "");
    provider.deploy(DEPLOYMENT);
    assertThat(server.asked())
        .extracting(ScriptedServer.Asked::method)
        .containsExactly("PUT", "POST");
    assertThat(server.asked().getFirst().body())
        .isEqualTo("{\"service\":\"hello\",\"image\":\"img@sha256:aa\",\"namespace\":\"ns\"}");
  }

  @Test
  void updatesWhenSomebodyElseCreatedItMeanwhile() {
    server
        .then(404, "")
        .then(500, "unable create Deployment: deployments.apps \"hello\" already exists")
        .then(200, "{\"name\":\"hello\",\"image\":\"old\"}")
        .then(202, "");
    provider.deploy(DEPLOYMENT);
    assertThat(server.asked())
        .extracting(ScriptedServer.Asked::method)
        .containsExactly("PUT", "POST", "GET", "PUT");
  }

  @Test
  void doesNotBelieveA200ToAnUpdateThatChangedNothing() {
    server.then(200, "").then(200, "{\"name\":\"hello\",\"image\":\"old@sha256:bb\"}");
    assertThatThrownBy(() -> provider.deploy(DEPLOYMENT))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("still runs old@sha256:bb");
  }

  @Test
  void believesA200WhoseImageIsThere() {
    server.then(200, "").then(200, "{\"name\":\"hello\",\"image\":\"reg/img@sha256:aa\"}");
    provider.deploy(DEPLOYMENT);
    assertThat(server.asked()).hasSize(2);
  }

  @Test
  void sendsTheNamespaceOfADeletionInTheQueryAndInTheBody() {
    server.then(200, "");
    assertThat(provider.delete("hello", "ns")).isTrue();
    ScriptedServer.Asked asked = server.asked().getFirst();
    assertThat(asked.uri()).isEqualTo("/system/functions?namespace=ns");
    assertThat(asked.body()).isEqualTo("{\"functionName\":\"hello\",\"namespace\":\"ns\"}");
  }

  @Test
  void takesA500ToScalingAnUnknownFunctionForNotFound() {
    server.then(500, "unable to lookup function deployment hello").then(404, "");
    assertThat(provider.scale("hello", "ns", 2)).isFalse();
  }

  @Test
  void showsTheProvidersOwnWords() {
    server.then(400, "validation failed: namespace must be: openfaas-fn\n");
    assertThatThrownBy(() -> provider.deploy(DEPLOYMENT))
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> {
              assertThat(e.status()).isEqualTo(400);
              assertThat(e.isTransient()).isFalse();
            })
        .hasMessage(
            "The provider could not deploy 'hello' (HTTP 400): validation failed: namespace must"
                + " be: openfaas-fn");
  }

  @Test
  void saysThatTheCredentialIsNotAccepted() {
    server.then(401, "invalid credentials");
    assertThatThrownBy(() -> provider.list("ns")).hasMessageContaining("the token file");
  }

  @Test
  void saysThatAWebPageIsNoProvider() {
    server.then(502, "<html><body>Bad gateway</body></html>");
    assertThatThrownBy(() -> provider.list("ns"))
        .hasMessageContaining("a web page")
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.isTransient()).isTrue());
  }

  @Test
  void saysWhatIsAwayWhenNothingListens() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    try (HttpFunctionProvider nobody = client(URI.create("http://127.0.0.1:" + free))) {
      assertThatThrownBy(() -> nobody.list("ns"))
          .hasMessage(
              "The provider at http://127.0.0.1:%d is away: nothing accepts connections there"
                  .formatted(free))
          .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isZero());
      assertThat(nobody.healthy()).isFalse();
    }
  }

  @Test
  void readsTheInfoOfAProviderAndOfAGateway() {
    server
        .then(
            200,
            "{\"provider\":\"faas-netes\",\"version\":{\"release\":\"1\"},\"orchestration\":\"kubernetes\"}")
        .then(
            200,
            "{\"provider\":{\"provider\":\"faasd\",\"orchestration\":\"containerd\"},\"arch\":\"x86_64\"}")
        .then(200, "{\"provider\":null,\"version\":{}}");
    assertThat(provider.info().orchestration()).isEqualTo("kubernetes");
    assertThat(provider.info().provider()).isEqualTo("faasd");
    assertThatThrownBy(() -> provider.info()).hasMessageContaining("behind it does not");
  }

  @Test
  void storesASecretWhetherItIsThereOrNot() {
    server.then(404, "").then(202, "").then(200, "");
    provider.putSecret(Secret.of("key", "ns", "v"));
    provider.putSecret(new Secret("key", "ns", null, new byte[] {0, -1}));
    assertThat(server.asked())
        .extracting(ScriptedServer.Asked::method)
        .containsExactly("PUT", "POST", "PUT");
    assertThat(server.asked().getLast().body()).contains("\"rawValue\":\"AP8=\"");
  }

  @Test
  void goesOnAfterAFollowedLogWasCutAndDropsWhatItGaveAlready() {
    String one = "{\"name\":\"hello\",\"timestamp\":\"2026-01-01T00:00:01Z\",\"text\":\"one\"}\n";
    String two = "{\"name\":\"hello\",\"timestamp\":\"2026-01-01T00:00:02Z\",\"text\":\"two\"}\n";
    String three =
        "{\"name\":\"hello\",\"timestamp\":\"2026-01-01T00:00:02Z\",\"text\":\"three\"}\n";
    server.then(200, one + two).then(200, two + three).then(404, "no such function");
    try (var lines = provider.logs(new LogRequest("hello", "ns", null, 5, true, null))) {
      assertThat(lines.map(LogLine::text)).containsExactly("one", "two", "three");
    }
    List<ScriptedServer.Asked> asked = server.asked();
    assertThat(asked.get(0).uri()).contains("tail=5").doesNotContain("since");
    assertThat(asked.get(1).uri()).contains("tail=-1").contains("since=2026-01-01T00%3A00%3A02Z");
  }

  @Test
  void saysWhyThereIsNoLog() {
    server.then(501, "the provider keeps no logs");
    assertThatThrownBy(() -> provider.logs(new LogRequest("hello", "ns", null, -1, false, null)))
        .hasMessageContaining("the provider keeps no logs");
  }
}
