package lmnop.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The chart on a real cluster, as {@code core/testkit/kubernetes/node} starts one with the images
 * that {@code ./lmnop images} makes; docs/kubernetes-install.md says how.
 */
@RequiresHelm
@EnabledIfSystemProperty(
    named = "cluster.kubeconfig",
    matches = ".+",
    disabledReason =
        "no -Dcluster.kubeconfig names a cluster; core/testkit/kubernetes/node starts one")
final class GivenClusterTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Path IMAGES = HOME.resolve("helm/target/images");
  private static final String PLACE = "lmnop";
  private static final Duration LONG = Duration.ofMinutes(8);

  /** The cluster has nobody who makes volumes. */
  private static final Map<String, String> WITHOUT_VOLUMES =
      Stream.of("controlPlane", "postgresql.bundled", "registry.bundled")
          .collect(Collectors.toMap(part -> part + ".storage.enabled", part -> "false"));

  private final Path kubeconfig =
      Path.of(System.getProperty("cluster.kubeconfig", "")); // house-rule exception: by hand

  private final KubernetesClient client =
      new KubernetesClientBuilder().withConfig(Config.fromKubeconfig(kubeconfig.toFile())).build();

  @BeforeEach
  void install() {
    new Helm(Chart.FOLDER)
        .install()
        .withKubeConfig(kubeconfig)
        .withName(PLACE)
        .withNamespace(PLACE)
        .createNamespace()
        .withValuesFile(Chart.FOLDER.resolve("values-small.yaml"))
        .set("controlPlane.storage.enabled", "false")
        .set("postgresql.bundled.storage.enabled", "false")
        .set("registry.bundled.storage.enabled", "false")
        .call();
  }

  @AfterEach
  void uninstall() {
    Helm.uninstall(PLACE).withKubeConfig(kubeconfig).withNamespace(PLACE).call();
    client.namespaces().withName("lmnop-functions").delete();
    client.namespaces().withName(PLACE).delete();
    client.close();
  }

  @Test
  void aPushBecomesAPodThatTheRouterReaches() throws IOException, InterruptedException {
    awaitAll();
    Map<String, String> before = credentials();
    String base =
        run(
                HOME.resolve("helm/base/make.py").toString(),
                "push",
                IMAGES.resolve("base-python3.tar").toString(),
                "10.96.0.50:5000/base/python3")
            .strip();

    Map<String, String> values = new LinkedHashMap<>(WITHOUT_VOLUMES);
    values.put("builderWorker.bases.static", base);
    var upgrade =
        new Helm(Chart.FOLDER)
            .upgrade()
            .withKubeConfig(kubeconfig)
            .withName(PLACE)
            .withNamespace(PLACE)
            .withValuesFile(Chart.FOLDER.resolve("values-small.yaml"));
    values.forEach(upgrade::set);
    upgrade.call();
    awaitAll();
    assertThat(credentials()).isEqualTo(before);

    String demo =
        run(
            HOME.resolve("lmnop").toString(),
            "demo",
            "--kubernetes",
            "--kubeconfig",
            kubeconfig.toString());
    assertThat(demo).contains("HTTP 200");
  }

  private void awaitAll() {
    await()
        .atMost(LONG)
        .untilAsserted(() -> {
          List<Deployment> all = client.apps().deployments().inNamespace(PLACE).list().getItems();
          assertThat(all)
              .hasSize(6)
              .allSatisfy(deployment -> {
                assertThat(deployment.getStatus().getObservedGeneration())
                    .isEqualTo(deployment.getMetadata().getGeneration());
                assertThat(deployment.getStatus().getUpdatedReplicas()).isEqualTo(1);
                assertThat(deployment.getStatus().getReadyReplicas())
                    .as(deployment.getMetadata().getName())
                    .isEqualTo(1);
                assertThat(deployment.getStatus().getReplicas()).isEqualTo(1);
              });
        });
  }

  private Map<String, String> credentials() {
    Secret secret = client.secrets().inNamespace(PLACE).withName("lmnop-credentials").get();
    return secret.getData();
  }

  /** Runs a command to its end; gives what it printed, which the test shows as well. */
  private static String run(String... command) throws IOException, InterruptedException {
    Path words = Files.createTempFile("command", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(words.toFile())
            .start();
    int code = process.waitFor();
    String printed = Files.readString(words);
    System.out.println(printed);
    assertThat(code).as(printed).isZero();
    return printed;
  }
}
