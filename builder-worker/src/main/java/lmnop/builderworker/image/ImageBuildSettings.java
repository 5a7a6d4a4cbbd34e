package lmnop.builderworker.image;

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
 * @param forwarder the image of OpenFaaS's of-watchdog, by digest, for programs that listen where
 *     they like
 * @param registries that images are pushed to and pulled from
 */
public record ImageBuildSettings(
    @Nullable String push,
    @Nullable String pull,
    @DefaultValue Map<String, String> bases,
    @Nullable String forwarder,
    @DefaultValue RegistrySettings registries) {
  public ImageBuildSettings {
    bases = Map.copyOf(bases);
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
}
