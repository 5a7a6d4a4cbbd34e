package lmnop.controlplane.gateway;

import lmnop.images.RegistrySettings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the image of a deployment is looked up, so that it keeps its digest.
 *
 * @param registries how registries are spoken to
 */
public record DeployedImageSettings(@DefaultValue RegistrySettings registries) {}
