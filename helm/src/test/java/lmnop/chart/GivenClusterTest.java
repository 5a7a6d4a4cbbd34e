package lmnop.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The chart on a real cluster, as {@code core/testkit/kubernetes/node} starts one with the images
 * that {@code ./lmnop images} makes; docs/kubernetes-install.md says how. With {@code
 * -Dcluster.keep=true} what it installed stays, for {@code ./lmnop bench kubernetes}; with {@code
 * -Dcluster.several=true} there are two routers and two control planes.
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

  private static final String SHARED = "lmnop-shared";
  private static final String REGISTRY = "10.96.0.50:5000";

  /** Which image functions of a template stand on. */
  private static final Map<String, List<String>> BASES =
      Map.of(
          "python3", List.of("python3", "static", "hugo", "react"),
          "node", List.of("node"),
          "plain", List.of("go"));

  private final Path kubeconfig =
      Path.of(System.getProperty("cluster.kubeconfig", "")); // house-rule exception: by hand

  private final boolean keep = Boolean.getBoolean("cluster.keep");
  private final boolean several = Boolean.getBoolean("cluster.several");

  private final KubernetesClient client =
      new KubernetesClientBuilder().withConfig(Config.fromKubeconfig(kubeconfig.toFile())).build();

  private final Map<String, String> values = new LinkedHashMap<>();

  @BeforeEach
  void install() throws IOException {
    values.put(
        "builderWorker.sandbox",
        System.getProperty("cluster.sandbox", "rootless")); // house-rule exception: by hand
    values.put("postgresql.bundled.storage.enabled", "false"); // nobody makes volumes here
    values.put("registry.bundled.storage.enabled", "false");
    if (several) {
      shareVolume();
      values.put("router.replicas", "2");
      values.put("controlPlane.replicas", "2");
      values.put("controlPlane.storage.accessMode", "ReadWriteMany");
      values.put("controlPlane.storage.className", SHARED);
    } else {
      values.put("controlPlane.storage.enabled", "false");
    }
    var install =
        new Helm(Chart.FOLDER)
            .install()
            .withKubeConfig(kubeconfig)
            .withName(PLACE)
            .withNamespace(PLACE)
            .createNamespace()
            .withValuesFile(Chart.FOLDER.resolve("values-small.yaml"));
    values.forEach(install::set);
    install.call();
  }

  /** A folder of the one machine, which all of its pods may write, and which goes with it. */
  private void shareVolume() throws IOException {
    Path folder = kubeconfig.resolveSibling("../" + SHARED).normalize();
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    client
        .resource(
            new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(SHARED)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteMany")
                .withCapacity(Map.of("storage", new Quantity("10Gi")))
                .withStorageClassName(SHARED)
                .withNewHostPath()
                .withPath(folder.toString())
                .endHostPath()
                .endSpec()
                .build())
        .createOr(NonDeletingOperation::update);
  }

  @AfterEach
  void uninstall() {
    if (!keep) {
      Helm.uninstall(PLACE).withKubeConfig(kubeconfig).withNamespace(PLACE).call();
      client.namespaces().withName("lmnop-functions").delete();
      client.namespaces().withName(PLACE).delete();
      client.persistentVolumes().withName(SHARED).delete();
    }
    client.close();
  }

  @Test
  void aPushBecomesAPodThatTheRouterReaches() throws IOException, InterruptedException {
    awaitAll();
    Map<String, String> before = credentials();
    pushBases();
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

  /** Those that were made. */
  private void pushBases() throws IOException, InterruptedException {
    for (Map.Entry<String, List<String>> base : BASES.entrySet()) {
      Path image = IMAGES.resolve("base-%s.tar".formatted(base.getKey()));
      if (Files.exists(image)) {
        String pushed =
            run(
                    HOME.resolve("helm/base/make.py").toString(),
                    "push",
                    image.toString(),
                    REGISTRY + "/base/" + base.getKey())
                .strip();
        base.getValue().forEach(template -> values.put("builderWorker.bases." + template, pushed));
      }
    }
    assertThat(values).containsKey("builderWorker.bases.static");
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
                Integer wanted = deployment.getSpec().getReplicas();
                assertThat(deployment.getStatus().getUpdatedReplicas()).isEqualTo(wanted);
                assertThat(deployment.getStatus().getReadyReplicas())
                    .as(deployment.getMetadata().getName())
                    .isEqualTo(wanted);
                assertThat(deployment.getStatus().getReplicas()).isEqualTo(wanted);
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
