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
 */
public record RegistrySettings(@DefaultValue List<String> plainHttp, @Nullable Path logins) {
  public RegistrySettings {
    plainHttp = List.copyOf(plainHttp);
  }
}
