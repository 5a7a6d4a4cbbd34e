package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import lmnop.testkit.openfaas.FakeGateway;
import lmnop.testkit.openfaas.GatewayKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One function at a gateway, and the revisions that have it one after the other. */
final class OpenFaasEngineTest {
  private static final String ONE = "registry.test/hello:one";
  private static final String TWO = "registry.test/hello:two";
  private static final String BROKEN = "registry.test/broken:one";

  private FakeGateway gateway;
  private TestProvider running;
  private HttpFunctionProvider provider;

  @BeforeEach
  void start() {
    gateway = new FakeGateway(GatewayKind.PRO);
    running = OpenFaasProvider.before(gateway);
    begin();
  }

  private void begin() {
    running.start();
    provider = running.client();
    OpenFaasProvider.awaitHealthy(provider);
  }

  @AfterEach
  void stop() {
    provider.close();
    running.close();
    gateway.close();
  }

  private static FunctionDeployment revision(
      String owner, String function, String end, String image) {
    return new FunctionDeployment(
        function + "-" + end,
        image,
        owner,
        null,
        Map.of("GREETING", "hello"),
        null,
        null,
        Map.of("lmnop.function", function, "lmnop.owner", owner, "lmnop.revision", end),
        null,
        null,
        null,
        null);
  }

  private void deploy(String end, String image) {
    provider.deploy(revision("default", "hello", end, image));
  }

  private int available(String workload) {
    return provider.status(workload, "default").map(FunctionStatus::availableReplicas).orElse(-1);
  }

  private void awaitAvailable(String workload) {
    await().atMost(TestProvider.PATIENCE).until(() -> available(workload) == 1);
  }

  private void runs(String image) {
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> {
          assertThat(running.endpoints()).isNotEmpty();
          TestEndpoint at = running.endpoints().getFirst();
          String answer = running.call("GET", at.host(), at.port(), at.pathPrefix() + "/a/b", "");
          assertThat(answer).isEqualTo(image + " /a/b");
        });
  }

  @Test
  void aFunctionIsCalledAsItsOwnerCallsItAndReachedThroughTheGateway() {
    deploy("aaaa", ONE);
    awaitAvailable("hello-aaaa");
    TestEndpoint endpoint = running.awaitEndpoint("hello-aaaa");
    assertThat(endpoint.port()).isEqualTo(gateway.url().getPort());
    assertThat(endpoint.pathPrefix()).isEqualTo("/function/hello");
    runs(ONE);
    FunctionDeployment there = Objects.requireNonNull(gateway.deployed("hello"));
    assertThat(there.envVars())
        .containsEntry("LMNOP_REVISION", "aaaa")
        .containsEntry("GREETING", "hello");
    provider.deploy(revision("team", "hello", "bbbb", TWO));
    assertThat(gateway.deployed("team--hello")).isNotNull();
    assertThat(provider.list("team"))
        .extracting(FunctionStatus::name)
        .containsExactly("hello-bbbb");
    assertThat(provider.list("default")).hasSize(1);
  }

  @Test
  void theNextRevisionTakesThePlaceAndTheOneBeforeMayGo() {
    deploy("aaaa", ONE);
    awaitAvailable("hello-aaaa");
    deploy("bbbb", TWO);
    assertThat(available("hello-bbbb")).as("the old one may be what answers").isZero();
    assertThat(running.endpoints("hello-aaaa")).as("requests go on").hasSize(1);
    awaitAvailable("hello-bbbb");
    assertThat(provider.delete("hello-aaaa", "default")).isTrue();
    assertThat(provider.status("hello-aaaa", "default")).isEmpty();
    runs(TWO);
    await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints("hello-aaaa").isEmpty());
    assertThat(gateway.changes()).containsExactly("POST hello " + ONE, "PUT hello " + TWO);
    assertThat(provider.delete("hello-bbbb", "default")).isTrue();
    assertThat(gateway.deployed("hello")).isNull();
    await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints().isEmpty());
  }

  @Test
  void aRevisionThatFailsGivesThePlaceBack() {
    deploy("aaaa", ONE);
    awaitAvailable("hello-aaaa");
    deploy("bbbb", BROKEN);
    runs(ONE); // what ran before answers while the other one does not get ready
    provider.delete("hello-bbbb", "default");
    assertThat(gateway.changes().getLast()).isEqualTo("PUT hello " + ONE);
    awaitAvailable("hello-aaaa");
    runs(ONE);
  }

  @Test
  void theSameAgainAndOtherLabelsOfOursChangeNothingThere() {
    deploy("aaaa", ONE);
    deploy("aaaa", ONE);
    assertThat(gateway.changes()).hasSize(1);
    FunctionDeployment d = revision("default", "hello", "aaaa", ONE);
    provider.deploy(
        d.with(
            Map.of(
                "lmnop.function",
                "hello",
                "lmnop.revision",
                "aaaa",
                "lmnop.owner",
                "default",
                "lmnop.function-id",
                "7"),
            null));
    assertThat(gateway.changes()).hasSize(1);
    assertThat(provider.status("hello-aaaa", "default").orElseThrow().labels())
        .containsEntry("lmnop.function-id", "7");
  }

  @Test
  void whatRunsIsKnownAfterAStopAndTheOneBeforeRunsAgainThen() {
    deploy("aaaa", ONE);
    awaitAvailable("hello-aaaa");
    deploy("bbbb", TWO);
    provider.close();
    running.stop();
    assertThat(running.endpoints()).as("routers go on").isNotEmpty();
    begin();
    assertThat(provider.list("default"))
        .extracting(FunctionStatus::name)
        .contains("hello-aaaa", "hello-bbbb");
    awaitAvailable("hello-bbbb");
    provider.delete("hello-bbbb", "default");
    runs(ONE);
    assertThat(gateway.changes())
        .containsExactly("POST hello " + ONE, "PUT hello " + TWO, "PUT hello " + ONE);
  }

  @Test
  void whatIsChangedOrRemovedThereIsMadeAgain() {
    deploy("aaaa", ONE);
    awaitAvailable("hello-aaaa");
    gateway.removeByHand("hello");
    await().atMost(TestProvider.PATIENCE).until(() -> gateway.deployed("hello") != null);
    gateway.deployByHand(TestProvider.deployment("hello", TWO));
    runs(ONE);
  }

  @Test
  void whatIsSomebodyElsesIsRefusedAndStays() {
    gateway.deployByHand(TestProvider.deployment("hello", TWO));
    assertThatThrownBy(() -> deploy("aaaa", ONE))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(409))
        .hasMessageContaining("a function 'hello' of somebody else at the gateway");
    assertThat(gateway.changes()).isEmpty();
    assertThat(provider.status("hello-aaaa", "default")).isEmpty();
    assertThat(provider.list("default")).isEmpty();
  }

  @Test
  void aNameThatDoesNotFitIsRefused() {
    String owner = "o".repeat(40);
    assertThatThrownBy(() -> provider.deploy(revision(owner, "f".repeat(30), "a", ONE)))
        .hasMessageContaining("63 characters at most");
    assertThatThrownBy(() ->
            provider.deploy(TestProvider.deployment("hello", "bundle@sha256:" + "0".repeat(64))))
        .hasMessageContaining("OpenFaaS runs images");
  }

  @Test
  void aSecretBelongsToWhoHadItFirstAndIsNotInLogs() {
    provider.putSecret(Secret.of("key", "default", "very-secret-value"));
    assertThat(gateway.secret("key"))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("very-secret-value");
    assertThatThrownBy(() -> provider.putSecret(Secret.of("key", "team", "other")))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(409))
        .hasMessageContaining("a secret 'key' of 'default'");
    provider.deploy(
        new FunctionDeployment(
            "telling",
            ONE,
            "default",
            null,
            null,
            null,
            List.of("key"),
            null,
            null,
            null,
            null,
            null));
    awaitAvailable("telling");
    gateway.print("telling", "it is very-secret-value, do not tell");
    LogRequest request = new LogRequest("telling", "default", null, -1, false, null);
    try (Stream<LogLine> lines = provider.logs(request)) {
      assertThat(lines.map(LogLine::text)).contains("it is ***, do not tell");
    }
    assertThat(provider.deleteSecret("key", "default")).isTrue();
    assertThat(gateway.secret("key")).isNull();
  }

  @Test
  void routersWakeWhatSleepsAtTheGateway() {
    deploy("aaaa", ONE);
    awaitAvailable("hello-aaaa");
    gateway.scaleByHand("hello", 0);
    await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints().isEmpty());
    try (HttpFunctionProvider waker = running.client("waker")) {
      assertThat(waker.scale("hello-aaaa", "default", 1)).isTrue();
    }
    running.awaitEndpoint("hello-aaaa");
    assertThat(gateway.replicas("hello")).isEqualTo(1);
  }

  @Test
  void functionsMayBeReachedPastTheGateway() {
    running.stop();
    running
        .settings()
        .put("openfaas.functions", "http://{name}.openfaas-fn.svc.cluster.local:8080");
    begin();
    deploy("aaaa", ONE);
    assertThat(running.awaitEndpoint("hello-aaaa"))
        .extracting(TestEndpoint::host, TestEndpoint::port, TestEndpoint::pathPrefix)
        .containsExactly("hello.openfaas-fn.svc.cluster.local", 8080, "");
  }
}
