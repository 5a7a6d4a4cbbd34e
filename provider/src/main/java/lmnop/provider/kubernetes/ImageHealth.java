package lmnop.provider.kubernetes;

import java.util.Optional;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;

/** How an instance of a deployment shows that it is ready. */
interface ImageHealth {
  /** The forwarders of all our templates answer here, and OpenFaaS's do. */
  String USUAL = "/_/health";

  /** What an image says of itself: a path, nothing at all, or empty for none. */
  Optional<String> label(String image);

  /**
   * The path that answers 200; null where an instance is ready as soon as it listens. The
   * function's own word counts before its image's. The cluster's probes speak no HTTP/2.
   */
  default @Nullable String path(FunctionDeployment d) {
    if (d.labels() != null && "h2c".equals(d.labels().get(WorkloadLabels.PROTOCOL))) {
      return null;
    }
    String path = Spec.ownHealth(d).or(() -> label(d.image())).orElse(USUAL);
    return path.isEmpty() ? null : path;
  }
}
