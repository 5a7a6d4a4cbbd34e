package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Objects;
import lmnop.provider.api.Refused;
import org.jspecify.annotations.Nullable;

/** What an API server refuses, for the one who deploys and the one who operates. */
final class ClusterWords {
  Refused refused(
      String what, String kind, @Nullable String namespace, KubernetesClientException e) {
    String told = told(e);
    String place = "in the cluster's namespace '%s'".formatted(namespace);
    Refused refused =
        switch (e.getCode()) {
          case 401 ->
              new Refused(
                  503,
                  "The cluster does not know this provider; see kubernetes.kubeconfig: " + told);
          case 403 ->
              told.contains("exceeded quota")
                  ? new Refused(400, "The quota of the cluster is used up: " + told)
                  : new Refused(
                      503,
                      "This provider may not %s a %s %s; give it the role that docs/kubernetes.md shows: %s"
                          .formatted(what, kind, place, told));
          case 404 ->
              new Refused(
                  503, "The cluster does not %s a %s %s: %s".formatted(what, kind, place, told));
          case 400, 413, 422 ->
              Refused.badRequest("The cluster refuses this " + kind + ": " + told);
          case 409 -> new Refused(409, "The cluster refuses this " + kind + ": " + told);
          default -> new Refused(503, "The cluster does not answer as it should: " + told);
        };
    refused.initCause(e);
    return refused;
  }

  /** The server's own sentence, on one line. */
  private static String told(KubernetesClientException e) {
    String message =
        e.getStatus() == null || e.getStatus().getMessage() == null
            ? e.getCause() == null ? e.getMessage() : e.getCause().toString()
            : e.getStatus().getMessage();
    return Objects.requireNonNullElse(message, "it gave no reason").replaceAll("\\s+", " ").strip();
  }
}
