package lmnop.standalone.machine;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/**
 * The ten ports of a platform on one machine, counted from the router's public one.
 *
 * @param base the router's public port
 */
public record Ports(int base) {
  /** The port where the router listens unless the user says otherwise. */
  public static final int DEFAULT_BASE = 8080;

  private static final int COUNT = 10;

  /** One port and who listens there. */
  public record Port(int number, String user) {}

  public Ports {
    if (base < 1 || base > 65_535 - COUNT + 1) {
      throw new IllegalArgumentException(
          "%d is no port that ten ports can be counted from: choose 1 to 65526".formatted(base));
    }
  }

  /** The router's public listener. */
  public int router() {
    return base;
  }

  /** The control plane's public listener: portal, API, git. */
  public int controlPlane() {
    return base + 1;
  }

  /** The control plane's listener for the builder worker. */
  public int controlPlaneInternal() {
    return base + 2;
  }

  /** The provider API. */
  public int provider() {
    return base + 3;
  }

  public int routerManagement() {
    return base + 4;
  }

  public int controlPlaneManagement() {
    return base + 5;
  }

  public int builderWorkerManagement() {
    return base + 6;
  }

  public int providerManagement() {
    return base + 7;
  }

  /** The router's listener for functions that call functions. */
  public int routerInternal() {
    return base + 8;
  }

  public int postgresql() {
    return base + 9;
  }

  /** Every port that is listened on, in ascending order. */
  public List<Port> all() {
    return List.of(
        new Port(router(), "router"),
        new Port(controlPlane(), "control-plane"),
        new Port(controlPlaneInternal(), "control-plane, for the builder worker"),
        new Port(provider(), "provider"),
        new Port(routerManagement(), "management of router"),
        new Port(controlPlaneManagement(), "management of control-plane"),
        new Port(builderWorkerManagement(), "management of builder-worker"),
        new Port(providerManagement(), "management of provider"),
        new Port(routerInternal(), "router, for functions"),
        new Port(postgresql(), "PostgreSQL"));
  }

  /** Whether nobody listens on a port of the given address. */
  public static boolean isFree(String host, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(host, port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
