package lmnop.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every provider owes its callers, whatever runs behind it. */
public abstract class FunctionProviderContract {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String NAMESPACE = "default";

  /** The provider under test, with nothing deployed. */
  protected abstract FunctionProvider provider();

  /** An image that becomes ready and prints {@code hello} when it starts. */
  protected abstract String image();

  /** Another image that becomes ready. */
  protected abstract String otherImage();

  @Test
  void deploysAFunctionThatBecomesAvailable() {
    provider().deploy(deployment("one", image()).build());
    FunctionStatus status = awaitAvailable("one", 1);
    assertThat(status.image()).isEqualTo(image());
    assertThat(status.namespace()).isEqualTo(NAMESPACE);
    assertThat(status.replicas()).isEqualTo(1);
    assertThat(status.labels()).containsEntry("colour", "green");
    assertThat(status.annotations()).containsEntry("note", "kept as it is: ÄÖ \"quoted\"");
    assertThat(status.createdAt()).isNotNull();
  }

  @Test
  void listsWhatIsDeployedInOneNamespaceOnly() {
    provider().deploy(deployment("listed", image()).build());
    assertThat(provider().list(NAMESPACE)).extracting(FunctionStatus::name).contains("listed");
    assertThat(provider().list("somebody-else")).isEmpty();
  }

  @Test
  void knowsNothingOfAFunctionThatWasNeverDeployed() {
    assertThat(provider().status("unheard-of", NAMESPACE)).isEmpty();
    assertThat(provider().scale("unheard-of", NAMESPACE, 2)).isFalse();
    assertThat(provider().delete("unheard-of", NAMESPACE)).isFalse();
  }

  @Test
  void whatNeverCrashedHasNoCrashes() {
    assertThat(provider().crashes("unheard-of", NAMESPACE)).isEmpty();
    assertThat(provider().crash("unheard-of", NAMESPACE, 1)).isEmpty();
    provider().forgetCrashes("unheard-of", NAMESPACE);
  }

  @Test
  void theSameDeploymentAgainIsOneDeployment() {
    provider().deploy(deployment("twice", image()).build());
    awaitAvailable("twice", 1);
    provider().deploy(deployment("twice", image()).build());
    assertThat(provider().list(NAMESPACE).stream().filter(f -> f.name().equals("twice")))
        .hasSize(1);
    assertThat(provider().status("twice", NAMESPACE).orElseThrow().availableReplicas())
        .isEqualTo(1);
  }

  @Test
  void anUpdateReplacesImageAndLabels() {
    provider().deploy(deployment("updated", image()).build());
    awaitAvailable("updated", 1);
    provider().deploy(deployment("updated", otherImage()).label("colour", "blue").build());
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          FunctionStatus status = provider().status("updated", NAMESPACE).orElseThrow();
          assertThat(status.image()).isEqualTo(otherImage());
          assertThat(status.labels()).containsEntry("colour", "blue");
          assertThat(status.availableReplicas()).isEqualTo(1);
        });
  }

  @Test
  void scalesUpAndDownToZeroAndBack() {
    provider().deploy(deployment("scaled", image()).build());
    awaitAvailable("scaled", 1);
    assertThat(provider().scale("scaled", NAMESPACE, 3)).isTrue();
    awaitAvailable("scaled", 3);
    assertThat(provider().scale("scaled", NAMESPACE, 0)).isTrue();
    awaitAvailable("scaled", 0);
    assertThat(provider().scale("scaled", NAMESPACE, 1)).isTrue();
    awaitAvailable("scaled", 1);
  }

  @Test
  void aDeletedFunctionIsGone() {
    provider().deploy(deployment("deleted", image()).build());
    awaitAvailable("deleted", 1);
    assertThat(provider().delete("deleted", NAMESPACE)).isTrue();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(provider().status("deleted", NAMESPACE)).isEmpty());
  }

  @Test
  void refusesAFunctionWhoseSecretIsNotThere() {
    FunctionDeployment deployment =
        deployment("secretive", image()).secrets(List.of("not-there")).build();
    assertThatThrownBy(() -> provider().deploy(deployment))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageContaining("not-there");
    assertThat(provider().status("secretive", NAMESPACE)).isEmpty();
  }

  @Test
  void keepsSecretsByNameAndNeverShowsThem() {
    provider().putSecret(Secret.of("api-key", NAMESPACE, "first"));
    provider().putSecret(Secret.of("api-key", NAMESPACE, "second"));
    assertThat(provider().secretNames(NAMESPACE)).containsOnlyOnce("api-key");
    assertThat(provider().secretNames("somebody-else")).isEmpty();
    assertThat(provider().deleteSecret("api-key", NAMESPACE)).isTrue();
    assertThat(provider().deleteSecret("api-key", NAMESPACE)).isFalse();
    assertThat(provider().secretNames(NAMESPACE)).doesNotContain("api-key");
  }

  @Test
  void givesTheLinesThatInstancesPrint() {
    provider().deploy(deployment("talking", image()).build());
    awaitAvailable("talking", 1);
    printed("talking");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          LogRequest request = new LogRequest("talking", NAMESPACE, null, -1, false, null);
          try (var lines = provider().logs(request)) {
            assertThat(lines.map(LogLine::text)).contains("hello");
          }
        });
  }

  /** Called before a line {@code hello} is expected; for providers that run nothing. */
  protected void printed(String function) {}

  @Test
  void saysWhoItIs() {
    assertThat(provider().healthy()).isTrue();
    assertThat(provider().info().provider()).isNotBlank();
  }

  private FunctionStatus awaitAvailable(String name, int replicas) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(provider().status(name, NAMESPACE).orElseThrow().availableReplicas())
                .isEqualTo(replicas));
    return provider().status(name, NAMESPACE).orElseThrow();
  }

  private static DeploymentOf deployment(String name, String image) {
    return new DeploymentOf(name, image).label("colour", "green");
  }

  /** A deployment in the making. */
  private static final class DeploymentOf {
    private final String name;
    private final String image;
    private Map<String, String> labels = Map.of();
    private @Nullable List<String> secrets;

    DeploymentOf(String name, String image) {
      this.name = name;
      this.image = image;
    }

    DeploymentOf label(String key, String value) {
      labels = Map.of(key, value);
      return this;
    }

    DeploymentOf secrets(List<String> names) {
      secrets = names;
      return this;
    }

    FunctionDeployment build() {
      return new FunctionDeployment(
          name,
          image,
          NAMESPACE,
          null,
          Map.of("GREETING", "hello"),
          null,
          secrets,
          labels,
          Map.of("note", "kept as it is: ÄÖ \"quoted\""),
          null,
          null,
          null);
    }
  }
}
