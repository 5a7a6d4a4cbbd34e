package lmnop.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DriftTest {
  private final Deployment wanted =
      new FunctionObjects(Given.settings(), Given.MARKS)
          .deployment(new Target(Given.spec(Given.deployment("hello", "image")), 1, 1, false));

  @Test
  void whatTheClusterAddsIsNoDrift() {
    Deployment live =
        new DeploymentBuilder(wanted)
            .editMetadata()
            .withUid("1")
            .withResourceVersion("7")
            .addToAnnotations("deployment.kubernetes.io/revision", "3")
            .endMetadata()
            .editSpec()
            .editTemplate()
            .editSpec()
            .withDnsPolicy("ClusterFirst")
            .editFirstContainer()
            .withTerminationMessagePath("/dev/termination-log")
            .editResources()
            .withLimits(Map.of("memory", new Quantity("128Mi")))
            .endResources()
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    assertThat(Drift.isApart(wanted, live)).isFalse();
  }

  @Test
  void whatSomebodyChangesIsDrift() {
    Deployment scaled = new DeploymentBuilder(wanted).editSpec().withReplicas(5).endSpec().build();
    assertThat(Drift.isApart(wanted, scaled)).isTrue();
    Deployment otherImage =
        new DeploymentBuilder(wanted)
            .editSpec()
            .editTemplate()
            .editSpec()
            .editFirstContainer()
            .withImage("other")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    assertThat(Drift.isApart(wanted, otherImage)).isTrue();
    Deployment sidecar =
        new DeploymentBuilder(wanted)
            .editSpec()
            .editTemplate()
            .editSpec()
            .addNewContainer()
            .withName("sidecar")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    assertThat(Drift.isApart(wanted, sidecar)).isTrue();
    Deployment more =
        new DeploymentBuilder(wanted)
            .editSpec()
            .editTemplate()
            .editSpec()
            .editFirstContainer()
            .editResources()
            .withLimits(Map.of("memory", new Quantity("1Gi")))
            .endResources()
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    assertThat(Drift.isApart(wanted, more)).isTrue();
  }
}
