package lmnop.router;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.management.ManagementSettings;
import lmnop.router.edge.EdgeSettings;
import lmnop.router.gateway.GatewaySettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What a router runs with.
 *
 * @param id names this router among others
 * @param listen the public listener
 * @param tls the encrypted listener beside it
 * @param internal the listener for functions that call functions
 * @param appsDomain functions are found at {@code <function>.<apps domain>}
 * @param portalHost the host name under which the control plane is reached
 * @param controlPlane the control plane's public listener
 * @param provider what is asked to start workloads
 * @param database what it routes by
 * @param management health, metrics, requests in flight
 * @param accessLog a JSON line for each request, in {@code access/access.log} there
 * @param edge limits of the public listener
 * @param gateway operators' own routes
 * @param data a directory of the router's own
 * @param snapshot what is kept there of the routing table
 */
public record RouterSettings(
    @DefaultValue("router-1") String id,
    Listen listen,
    @DefaultValue Tls tls,
    @DefaultValue Internal internal,
    @DefaultValue("apps.localhost") String appsDomain,
    @DefaultValue("portal.localhost") String portalHost,
    URI controlPlane,
    Provider provider,
    DatabaseSettings database,
    ManagementSettings management,
    Path data,
    @DefaultValue Snapshot snapshot,
    @DefaultValue Access accessLog,
    @DefaultValue EdgeSettings edge,
    @DefaultValue GatewaySettings gateway) {

  /**
   * The public listener.
   *
   * @param host an address of this machine; 0.0.0.0 is all of them
   * @param port 0 takes a free one
   */
  public record Listen(@DefaultValue("127.0.0.1") String host, @DefaultValue("8080") int port) {}

  /**
   * The encrypted listener.
   *
   * @param certificates a directory of PEM files: {@code name.pem} with {@code name.key}, or
   *     folders with {@code fullchain.pem} and {@code privkey.pem}; without it nothing is encrypted
   * @param host an address of this machine; 0.0.0.0 is all of them
   * @param port 0 takes a free one
   * @param reload how often the directory is looked at for files that changed
   * @param redirect whether plain requests are sent to the encrypted listener
   * @param publicPort the port that clients reach it by, for those that are sent there
   */
  public record Tls(
      @Nullable Path certificates,
      @DefaultValue("127.0.0.1") String host,
      @DefaultValue("8443") int port,
      @DefaultValue("10s") Duration reload,
      @DefaultValue("false") boolean redirect,
      @DefaultValue("443") int publicPort) {}

  /**
   * The internal listener, in the functions' networks only: whoever reaches it may call functions
   * whose access is {@code internal}, and neither the portal nor gateway routes.
   *
   * @param host an address of this machine that nobody else than functions can reach
   * @param port 0 takes a free one; without it there is no such listener
   */
  public record Internal(@DefaultValue("127.0.0.1") String host, @Nullable Integer port) {}

  /**
   * What the router starts from while the database is away.
   *
   * @param every the shortest time between two snapshots; a change in between waits for the next
   * @param size how large one may be; routes that are asked for least are left out
   */
  public record Snapshot(
      @DefaultValue("10s") Duration every, @DefaultValue("64MB") DataSize size) {}

  /**
   * The access log.
   *
   * @param on whether one is kept
   * @param size what a file may grow to
   * @param files how many are kept, the one that is written included
   */
  public record Access(
      @DefaultValue("true") boolean on,
      @DefaultValue("64MB") DataSize size,
      @DefaultValue("4") int files) {}

  /**
   * The provider that is asked to start workloads.
   *
   * @param url its API
   * @param wakerFile holds the credential that can do nothing else
   */
  public record Provider(URI url, Path wakerFile) {}
}
