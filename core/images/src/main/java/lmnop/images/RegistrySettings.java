package lmnop.images;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How registries are spoken to.
 *
 * @param plainHttp those that are asked without TLS, written {@code host:port}; all others only
 *     with it
 * @param logins a {@code config.json} as Docker writes it, with users and passwords below {@code
 *     auths}; read anew each time
 * @param certificates a PEM file of certificates that registries may show beside those that Java
 *     trusts, such as that of an authority of your own; read at start
 */
public record RegistrySettings(
    @DefaultValue List<String> plainHttp, @Nullable Path logins, @Nullable Path certificates) {
  public RegistrySettings {
    plainHttp = List.copyOf(plainHttp);
  }
}
