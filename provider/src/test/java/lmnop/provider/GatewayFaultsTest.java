package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.testkit.openfaas.FakeGateway;
import lmnop.testkit.openfaas.GatewayKind;
import lmnop.testkit.openfaas.Quirk;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gateways that are away, do what they should not, or can do less. */
final class GatewayFaultsTest {
  private static final String ONE = "registry.test/hello:one";
  private static final String TWO = "registry.test/hello:two";

  private @Nullable FakeGateway gateway;
  private @Nullable TestProvider running;
  private @Nullable HttpFunctionProvider provider;

  private FakeGateway start(GatewayKind kind) {
    FakeGateway started = new FakeGateway(kind);
    gateway = started;
    TestProvider ours = OpenFaasProvider.before(started).start();
    running = ours;
    HttpFunctionProvider client = ours.client();
    provider = client;
    OpenFaasProvider.awaitHealthy(client);
    return started;
  }

  @AfterEach
  void stop() {
    provider().close();
    running().close();
    if (gateway != null) {
      gateway.close();
    }
  }

  private HttpFunctionProvider provider() {
    return Objects.requireNonNull(provider);
  }

  private TestProvider running() {
    return Objects.requireNonNull(running);
  }

  private static FunctionDeployment labelled(String name, Map<String, String> labels) {
    return TestProvider.deployment(name, ONE).with(labels, null);
  }

  private void awaitAvailable(String name) {
    await()
        .atMost(TestProvider.PATIENCE)
        .until(() ->
            provider().status(name, "default").map(FunctionStatus::availableReplicas).orElse(0)
                == 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Quirk.class,
      names = {"LIST_BREAKS", "LIST_FAILS", "LIST_IS_NULL", "WEB_PAGE", "STATUS_FAILS"})
  void whatRunsStaysPublishedWhateverAListSays(Quirk quirk) {
    FakeGateway faulty = start(GatewayKind.PRO);
    provider().deploy(TestProvider.deployment("hello", ONE));
    awaitAvailable("hello");
    TestEndpoint before = running().awaitEndpoint("hello");
    faulty.always(quirk);
    int asked = faulty.lists();
    await().atMost(TestProvider.PATIENCE).until(() -> faulty.lists() > asked + 3);
    assertThat(running().endpoints()).containsExactly(before);
    faulty.never(quirk);
    OpenFaasProvider.awaitHealthy(provider());
    assertThat(running().endpoints()).containsExactly(before);
    assertThat(faulty.changes()).containsExactly("POST hello " + ONE);
  }

  @Test
  void anUpdateThatWasNoneIsToldAndTheOldOneGoesOn() {
    FakeGateway faulty = start(GatewayKind.CE);
    provider().deploy(TestProvider.deployment("hello", ONE));
    awaitAvailable("hello");
    faulty.once(Quirk.UPDATE_DOES_NOTHING);
    assertThatThrownBy(() -> provider().deploy(TestProvider.deployment("hello", TWO)))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(503))
        .hasMessageContaining("but still runs " + ONE);
    assertThat(provider().status("hello", "default").orElseThrow().image()).isEqualTo(ONE);
    provider().deploy(TestProvider.deployment("hello", TWO));
    awaitAvailable("hello");
  }

  @Test
  void aGatewayThatIsAwayIsSaidAndNothingIsLost() {
    FakeGateway first = start(GatewayKind.PRO);
    provider().deploy(TestProvider.deployment("hello", ONE));
    awaitAvailable("hello");
    int port = first.url().getPort();
    first.close();
    assertThatThrownBy(() -> provider().deploy(TestProvider.deployment("hello", TWO)))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(503))
        .hasMessageContaining("is away");
    assertThat(provider().delete("hello", "default")).as("is noted, and done later").isTrue();
    assertThat(provider().status("hello", "default")).isEmpty();
    provider().close();
    running().stop();
    FakeGateway second = new FakeGateway(GatewayKind.PRO, port);
    gateway = second;
    second.deployByHand(
        TestProvider.deployment("hello", ONE)
            .with(Map.of("lmnop.provider", running().settings().getOrDefault("id", "")), null));
    provider = running().start().client();
    await().atMost(TestProvider.PATIENCE).until(() -> second.deployed("hello") == null);
  }

  @Test
  void aProviderThatStartsBeforeItsGatewayTakesNothingAway() {
    FakeGateway first = start(GatewayKind.PRO);
    provider().deploy(TestProvider.deployment("hello", ONE));
    TestEndpoint before = running().awaitEndpoint("hello");
    first.always(Quirk.INFO_WITHOUT_PROVIDER);
    provider().close();
    running().stop();
    provider = running().start().client();
    assertThat(provider().healthy()).isFalse();
    assertThatThrownBy(() -> provider().list("default"))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(503))
        .hasMessageContaining("gateway does not answer");
    assertThat(running().endpoints()).containsExactly(before);
    first.never(Quirk.INFO_WITHOUT_PROVIDER);
    OpenFaasProvider.awaitHealthy(provider());
    assertThat(running().endpoints()).containsExactly(before);
  }

  @Test
  void aLogThatFollowsGoesOnWhereTheGatewayEndedIt() {
    FakeGateway faulty = start(GatewayKind.PRO);
    provider().deploy(TestProvider.deployment("hello", ONE));
    awaitAvailable("hello");
    faulty.once(Quirk.LOG_ENDS);
    try (Stream<LogLine> lines =
        provider().logs(new LogRequest("hello", "default", null, -1, true, null))) {
      var read = lines.iterator();
      assertThat(read.next().text()).isEqualTo("hello");
      faulty.print("hello", "more");
      assertThat(read.next().text()).isEqualTo("more");
    }
  }

  @Test
  void whatTheCommunityEditionCannotDoIsRefusedBeforeItIsAsked() {
    FakeGateway ce = start(GatewayKind.CE);
    refused(
        labelled("a", Map.of("com.openfaas.scale.max", "6")),
        "OpenFaaS CE runs at most 5 instances");
    refused(labelled("a", Map.of("com.openfaas.scale.zero", "true")), "always runs an instance");
    assertThat(ce.changes()).isEmpty();
    provider()
        .deploy(
            labelled(
                "a",
                Map.of("com.openfaas.scale.target", "5", "com.openfaas.scale.type", "capacity")));
    assertThat(provider().status("a", "default").orElseThrow().labels())
        .as("our own loop scales it, within what there may be")
        .containsEntry("com.openfaas.scale.target", "5")
        .containsEntry("com.openfaas.scale.max", "5");
    assertThatThrownBy(() -> provider().scale("a", "default", 6)).hasMessageContaining("1 to 5");
    assertThatThrownBy(() -> provider().scale("a", "default", 0)).hasMessageContaining("1 to 5");
    IntStream.range(0, 14)
        .forEach(i -> provider().deploy(TestProvider.deployment("more-" + i, ONE)));
    refused(TestProvider.deployment("sixteenth", ONE), "at most 15 functions");
  }

  @Test
  void whatProScalesItselfOurLoopLeavesAlone() {
    FakeGateway pro = start(GatewayKind.PRO);
    provider()
        .deploy(
            labelled("a", Map.of("com.openfaas.scale.target", "5", "com.openfaas.scale.min", "2")));
    assertThat(Objects.requireNonNull(pro.deployed("a")).labels())
        .containsEntry("com.openfaas.scale.target", "5");
    assertThat(provider().status("a", "default").orElseThrow().labels())
        .doesNotContainKey("com.openfaas.scale.target")
        .containsEntry("com.openfaas.scale.min", "2");
  }

  @Test
  void faasdRunsOneInstanceAndSaysSo() {
    start(GatewayKind.FAASD);
    provider().deploy(TestProvider.deployment("a", ONE));
    assertThatThrownBy(() -> provider().scale("a", "default", 2))
        .hasMessageContaining("faasd cannot run 2 instances");
    refused(labelled("b", Map.of("com.openfaas.scale.min", "2")), "at most one instance");
    assertThat(provider().list("default")).hasSize(1);
  }

  private void refused(FunctionDeployment deployment, String words) {
    assertThatThrownBy(() -> provider().deploy(deployment))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageContaining(words);
  }
}
