package lmnop.router.gateway;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Operators' own routes.
 *
 * @param routes a YAML file of them; without it there are none
 * @param reload how often that file is looked at for changes
 * @param localTargets addresses of this machine and its link that routes may lead to nevertheless;
 *     written {@code 127.0.0.1:3000,[::1]:3000}
 */
public record GatewaySettings(
    @Nullable Path routes,
    @DefaultValue("10s") Duration reload,
    @DefaultValue List<String> localTargets) {}
