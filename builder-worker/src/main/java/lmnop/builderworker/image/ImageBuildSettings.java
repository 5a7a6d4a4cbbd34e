package lmnop.builderworker.image;

import java.util.List;
import java.util.Map;
import lmnop.images.Reference;
import lmnop.images.RegistrySettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Images that builds leave.
 *
 * @param push where they are pushed, {@code registry.example.com/functions}; the owner's and the
 *     function's name follow; needed where the provider runs images of registries only
 * @param pull the same place as engines reach it; without it, as it is pushed
 * @param bases the image that those of a template stand on, by digest; written {@code
 *     images.bases[python3]}; it has to hold what the template expects of the machine
 * @param forwarder the image of OpenFaaS's of-watchdog, by digest, in the place of lmnop's own
 *     forwarder for programs that listen where they like
 * @param mirrors where a Dockerfile's FROM looks first for the images of a registry; written {@code
 *     images.mirrors[docker.io]}
 * @param registries that images are pushed to and pulled from
 */
public record ImageBuildSettings(
    @Nullable String push,
    @Nullable String pull,
    @DefaultValue Map<String, String> bases,
    @Nullable String forwarder,
    @DefaultValue Map<String, String> mirrors,
    @DefaultValue RegistrySettings registries) {
  public ImageBuildSettings {
    bases = Map.copyOf(bases);
    mirrors = Map.copyOf(mirrors);
    mirrors.keySet().forEach(host -> Reference.parse(host + "/image"));
    mirrors.values().forEach(mirror -> Reference.parse(mirror + "/image"));
    bases.values().forEach(base -> Reference.parse(base).requireDigest());
    if (forwarder != null) {
      Reference.parse(forwarder).requireDigest();
    }
    if (push != null) {
      Reference.parse(push + "/owner/function");
    }
    if (pull != null) {
      Reference.parse(pull + "/owner/function");
    }
  }

  /** The hosts of the mirrors, with their ports if these are not the usual ones. */
  public List<String> mirrorHosts() {
    return mirrors.values().stream().map(mirror -> mirror.split("/", 2)[0]).toList();
  }
}
