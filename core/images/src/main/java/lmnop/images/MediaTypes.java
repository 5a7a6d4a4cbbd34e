package lmnop.images;

import java.util.List;

/** What kinds of things registries hold, in OCI's words and in Docker's. */
public final class MediaTypes {
  /** A manifest that we write. */
  public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** A configuration that we write. */
  public static final String CONFIG = "application/vnd.oci.image.config.v1+json";

  /** A layer that we write. */
  public static final String LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";

  static final String INDEX = "application/vnd.oci.image.index.v1+json";
  static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
  static final String DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";

  /** What is understood where a manifest is asked for. */
  static final List<String> MANIFESTS = List.of(MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_INDEX);

  private MediaTypes() {}
}
