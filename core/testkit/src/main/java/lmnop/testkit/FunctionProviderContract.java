package lmnop.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What every provider owes its callers, whatever runs behind it. */
public abstract class FunctionProviderContract {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What a test deployed, for providers that outlive it. */
  private final Set<String> deployed = new LinkedHashSet<>();

  /** The provider under test, with nothing deployed. */
  protected abstract FunctionProvider provider();

  /** An image that becomes ready and prints {@code hello} when it starts. */
  protected abstract String image();

  /** Another image that becomes ready. */
  protected abstract String otherImage();

  /** Where everything happens. */
  protected String namespace() {
    return "default";
  }

  /** Whether there may be other namespaces, no instance at all, and crashes; few have all three. */
  protected boolean isWhole() {
    return true;
  }

  /** How many instances of a function there may be, up to three; one machine may have but one. */
  protected int mostInstances() {
    return 3;
  }

  /** The functions that were deployed. */
  protected final Set<String> deployed() {
    return Set.copyOf(deployed);
  }

  private void deploy(FunctionDeployment deployment) {
    deployed.add(deployment.service());
    provider().deploy(deployment);
  }

  @Test
  void deploysAFunctionThatBecomesAvailable() {
    deploy(deployment("one", image()).build());
    FunctionStatus status = awaitAvailable("one", 1);
    assertThat(status.image()).isEqualTo(image());
    assertThat(status.namespace()).isEqualTo(namespace());
    assertThat(status.replicas()).isEqualTo(1);
    assertThat(status.labels()).containsEntry("colour", "green");
    assertThat(status.annotations()).containsEntry("note", "kept as it is: ÄÖ \"quoted\"");
    assertThat(status.createdAt()).isNotNull();
  }

  @Test
  void listsWhatIsDeployedInOneNamespaceOnly() {
    deploy(deployment("listed", image()).build());
    assertThat(provider().list(namespace())).extracting(FunctionStatus::name).contains("listed");
    if (isWhole()) {
      assertThat(provider().list("somebody-else")).isEmpty();
    }
  }

  @Test
  void knowsNothingOfAFunctionThatWasNeverDeployed() {
    assertThat(provider().status("unheard-of", namespace())).isEmpty();
    assertThat(provider().scale("unheard-of", namespace(), 2)).isFalse();
    assertThat(provider().delete("unheard-of", namespace())).isFalse();
  }

  @Test
  void whatNeverCrashedHasNoCrashes() {
    Assumptions.assumeTrue(isWhole(), "this provider keeps no crashes");
    assertThat(provider().crashes("unheard-of", namespace())).isEmpty();
    assertThat(provider().crash("unheard-of", namespace(), 1)).isEmpty();
    provider().forgetCrashes("unheard-of", namespace());
  }

  @Test
  void theSameDeploymentAgainIsOneDeployment() {
    deploy(deployment("twice", image()).build());
    awaitAvailable("twice", 1);
    deploy(deployment("twice", image()).build());
    assertThat(provider().list(namespace()).stream().filter(f -> f.name().equals("twice")))
        .hasSize(1);
    if (isWhole()) {
      assertThat(provider().status("twice", namespace()).orElseThrow().availableReplicas())
          .isEqualTo(1);
    }
    awaitAvailable("twice", 1); // faasd takes the old one away, though it is the same
  }

  @Test
  void anUpdateReplacesImageAndLabels() {
    deploy(deployment("updated", image()).build());
    awaitAvailable("updated", 1);
    deploy(deployment("updated", otherImage()).label("colour", "blue").build());
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          FunctionStatus status = provider().status("updated", namespace()).orElseThrow();
          assertThat(status.image()).isEqualTo(otherImage());
          assertThat(status.labels()).containsEntry("colour", "blue");
          assertThat(status.availableReplicas()).isEqualTo(1);
        });
  }

  @Test
  void scalesUpAndDownToZeroAndBack() {
    deploy(deployment("scaled", image()).build());
    awaitAvailable("scaled", 1);
    assertThat(provider().scale("scaled", namespace(), mostInstances())).isTrue();
    awaitAvailable("scaled", mostInstances());
    if (isWhole()) {
      assertThat(provider().scale("scaled", namespace(), 0)).isTrue();
      awaitAvailable("scaled", 0);
    }
    assertThat(provider().scale("scaled", namespace(), 1)).isTrue();
    awaitAvailable("scaled", 1);
  }

  @Test
  void aDeletedFunctionIsGone() {
    deploy(deployment("deleted", image()).build());
    awaitAvailable("deleted", 1);
    assertThat(provider().delete("deleted", namespace())).isTrue();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(provider().status("deleted", namespace())).isEmpty());
  }

  @Test
  void refusesAFunctionWhoseSecretIsNotThere() {
    FunctionDeployment deployment =
        deployment("secretive", image()).secrets(List.of("not-there")).build();
    assertThatThrownBy(() -> provider().deploy(deployment))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageContaining("not-there");
    assertThat(provider().status("secretive", namespace())).isEmpty();
  }

  @Test
  void keepsSecretsByNameAndNeverShowsThem() {
    provider().putSecret(Secret.of("api-key", namespace(), "first"));
    provider().putSecret(Secret.of("api-key", namespace(), "second"));
    assertThat(provider().secretNames(namespace())).containsOnlyOnce("api-key");
    if (isWhole()) {
      assertThat(provider().secretNames("somebody-else")).isEmpty();
    }
    assertThat(provider().deleteSecret("api-key", namespace())).isTrue();
    assertThat(provider().deleteSecret("api-key", namespace())).isFalse();
    assertThat(provider().secretNames(namespace())).doesNotContain("api-key");
  }

  @Test
  void takesASecretOfAnyBytes() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    provider().putSecret(new Secret("any-bytes", namespace(), "not this", all));
    assertThat(provider().secretNames(namespace())).contains("any-bytes");
    deploy(deployment("reading", image()).secrets(List.of("any-bytes")).build());
    awaitAvailable("reading", 1);
    assertThat(provider().delete("reading", namespace())).isTrue();
    assertThat(provider().deleteSecret("any-bytes", namespace())).isTrue();
  }

  @Test
  void givesTheLinesThatInstancesPrint() {
    deploy(deployment("talking", image()).build());
    awaitAvailable("talking", 1);
    printed("talking");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          LogRequest request = new LogRequest("talking", namespace(), null, -1, false, null);
          try (var lines = provider().logs(request)) {
            assertThat(lines.map(LogLine::text)).contains("hello");
          }
        });
    assertThat(lines(new LogRequest("talking", namespace(), null, 1, false, null))).hasSize(1);
    Instant later = Instant.now().plus(Duration.ofHours(1));
    assertThat(lines(new LogRequest("talking", namespace(), null, -1, false, later))).isEmpty();
    assertThat(lines(new LogRequest("talking", namespace(), "another", -1, false, null))).isEmpty();
  }

  private List<String> lines(LogRequest request) {
    try (var lines = provider().logs(request)) {
      return lines.map(LogLine::text).toList();
    }
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
            assertThat(provider().status(name, namespace()).orElseThrow().availableReplicas())
                .isEqualTo(replicas));
    return provider().status(name, namespace()).orElseThrow();
  }

  private DeploymentOf deployment(String name, String image) {
    return new DeploymentOf(name, image, namespace()).label("colour", "green");
  }

  /** A deployment in the making. */
  private static final class DeploymentOf {
    private final String name;
    private final String image;
    private final String namespace;
    private Map<String, String> labels = Map.of();
    private @Nullable List<String> secrets;

    DeploymentOf(String name, String image, String namespace) {
      this.name = name;
      this.image = image;
      this.namespace = namespace;
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
          namespace,
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
