package lmnop.router;

import java.net.URI;
import java.nio.file.Path;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.management.ManagementSettings;
import lmnop.router.edge.EdgeSettings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What a router runs with.
 *
 * @param id names this router among others
 * @param appsDomain functions are found at {@code <function>.<apps domain>}
 * @param portalHost the host name under which the control plane is reached
 * @param controlPlane the control plane's public listener
 * @param data a directory of the router's own
 */
public record RouterSettings(
    @DefaultValue("router-1") String id,
    Listen listen,
    @DefaultValue("apps.localhost") String appsDomain,
    @DefaultValue("portal.localhost") String portalHost,
    URI controlPlane,
    Provider provider,
    DatabaseSettings database,
    ManagementSettings management,
    Path data,
    @DefaultValue EdgeSettings edge) {

  /** The public listener. */
  public record Listen(@DefaultValue("127.0.0.1") String host, @DefaultValue("8080") int port) {}

  /**
   * The provider that is asked to start workloads.
   *
   * @param wakerFile holds the credential that can do nothing else
   */
  public record Provider(URI url, Path wakerFile) {}
}
