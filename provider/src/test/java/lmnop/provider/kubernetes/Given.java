package lmnop.provider.kubernetes;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import org.jspecify.annotations.Nullable;

/** Deployments and settings for the tests of this package. */
final class Given {
  static final Marks MARKS = new Marks("provider-1");

  private Given() {}

  static KubernetesSettings settings() {
    return settings(false, List.of("registry-login"));
  }

  static KubernetesSettings settings(boolean perOwner, List<String> pullSecrets) {
    return new KubernetesSettings(
        null,
        "lmnop-functions",
        perOwner,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        10_001,
        "64Mi",
        "lmnop",
        List.of(),
        List.of("192.0.2.0/24"),
        List.of(),
        List.of("10.1.2.0/24"),
        pullSecrets);
  }

  static FunctionDeployment deployment(String name, String image) {
    return deployment(name, image, Map.of(), Map.of(), null, List.of());
  }

  static FunctionDeployment deployment(
      String name,
      String image,
      Map<String, String> labels,
      Map<String, String> variables,
      @Nullable FunctionResources limits,
      List<String> secrets) {
    return new FunctionDeployment(
        name, image, "default", null, variables, null, secrets, labels, null, limits, null, null);
  }

  static Spec spec(FunctionDeployment deployment) {
    return Spec.first(deployment, "/_/health", Instant.EPOCH);
  }
}
