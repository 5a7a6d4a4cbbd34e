package lmnop.chart;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The pods that a chart makes. */
final class Pods {
  private Pods() {}

  /** Them, by the name of their Deployment. */
  static Map<String, PodSpec> of(Chart chart) {
    Map<String, PodSpec> pods = new LinkedHashMap<>();
    for (Deployment deployment : chart.all(Deployment.class)) {
      pods.put(deployment.getMetadata().getName(), deployment.getSpec().getTemplate().getSpec());
    }
    return pods;
  }

  /** The files that they read of the Secret with the credentials. */
  static Set<String> credentials(Chart chart) {
    Set<String> files = new TreeSet<>();
    of(chart)
        .values()
        .forEach(pod ->
            pod.getVolumes().stream()
                .filter(volume -> volume.getName().equals("credentials"))
                .map(Volume::getSecret)
                .flatMap(secret -> secret.getItems().stream())
                .forEach(item -> files.add(item.getKey())));
    return files;
  }

  /** The part of the platform that a Deployment is. */
  static String part(String deployment) {
    return deployment.substring(Chart.RELEASE.length() + 1);
  }

  static List<String> apps() {
    return List.of("router", "control-plane", "builder-worker", "provider");
  }
}
