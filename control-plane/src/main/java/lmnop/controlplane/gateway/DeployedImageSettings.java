package lmnop.controlplane.gateway;

import java.util.Set;
import lmnop.images.RegistrySettings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the image of a deployment is looked up, so that it keeps its digest.
 *
 * @param registries how registries are spoken to
 * @param privateRegistries those that may be asked though they are not in the public Internet,
 *     written as images name them, {@code host} or {@code host:port}; those without TLS may be too
 */
public record DeployedImageSettings(
    @DefaultValue RegistrySettings registries, @DefaultValue Set<String> privateRegistries) {
  public DeployedImageSettings {
    privateRegistries = Set.copyOf(privateRegistries);
  }
}
