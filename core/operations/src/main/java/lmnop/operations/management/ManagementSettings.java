package lmnop.operations.management;

import java.nio.file.Path;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where an app's management listener is.
 *
 * @param host an address of this machine
 * @param port 0 takes a free one
 * @param tokenFile holds the bearer token that every caller shows, except for bare health
 */
public record ManagementSettings(
    @DefaultValue("127.0.0.1") String host, int port, Path tokenFile) {}
