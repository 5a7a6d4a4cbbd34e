package lmnop.router.gateway;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lmnop.operations.settings.SettingsException;
import org.jspecify.annotations.Nullable;

/**
 * Where operators' routes may lead: anywhere, but for what the platform itself listens on, this
 * machine, and its link, where clouds hand out credentials.
 *
 * <p>A route is looked at when it is read, by its text, and again at each connection, by the
 * address that its name turned out to have.
 */
public final class Targets {
  /** Addresses outside the link's own range under which clouds answer only their own machines. */
  private static final Set<String> METADATA = Set.of("100.100.100.200", "fd00:ec2:0:0:0:0:0:254");

  /** What the platform listens on, or the router talks to. */
  public record Own(String what, String host, int port) {
    /** What a URL leads to. */
    public static Own of(String what, URI url) {
      boolean secure = "https".equalsIgnoreCase(url.getScheme());
      int port = url.getPort() >= 0 ? url.getPort() : secure ? 443 : 80;
      return new Own(what, String.valueOf(url.getHost()), port);
    }
  }

  private record Known(Own own, Set<InetAddress> addresses) {
    boolean is(InetAddress address, int port) {
      return own.port() == port
          && (addresses.contains(address)
              || (addresses.stream().anyMatch(InetAddress::isAnyLocalAddress) && isHere(address)));
    }
  }

  private final List<Known> own = new ArrayList<>();
  private final Set<InetSocketAddress> open = new HashSet<>();

  /**
   * Prepares the rules.
   *
   * @param localTargets what of this machine is open nevertheless
   * @param own what is never a target
   * @throws SettingsException if an address is not written as it must be
   */
  public Targets(List<String> localTargets, List<Own> own) {
    List<String> problems = new ArrayList<>();
    for (String text : localTargets) {
      InetSocketAddress address = literal(text);
      if (address == null) {
        problems.add("gateway.local-targets: '%s' is no 127.0.0.1:3000".formatted(text));
      } else {
        open.add(address);
      }
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    for (Own one : own) {
      this.own.add(new Known(one, addresses(one.host())));
    }
  }

  private static @Nullable InetSocketAddress literal(String text) {
    int colon = text.lastIndexOf(':');
    InetAddress address = colon < 0 ? null : literalHost(text.substring(0, colon));
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return address == null ? null : new InetSocketAddress(address, port);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable InetAddress literalHost(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.equals("localhost") || name.endsWith(".localhost")) {
      return InetAddress.getLoopbackAddress();
    }
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** Asked once, at start: what an address of the platform's means then counts. */
  private static Set<InetAddress> addresses(String host) {
    try {
      return Set.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      return Set.of();
    }
  }

  private static boolean isHere(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true;
    }
  }

  /** Says why a route may not lead to a URL, as far as its text tells; null if it may. */
  @Nullable String problem(URI url) {
    Own asked = Own.of("", url);
    for (Known known : own) {
      if (known.own().host().equalsIgnoreCase(asked.host()) && known.own().port() == asked.port()) {
        return words(known);
      }
    }
    InetAddress address = literalHost(asked.host());
    return address == null ? null : problem(new InetSocketAddress(address, asked.port()));
  }

  /** Says why no route may lead to an address; null if it may. */
  @Nullable String problem(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    for (Known known : own) {
      if (known.is(ip, address.getPort())) {
        return words(known);
      }
    }
    boolean local =
        ip.isLoopbackAddress()
            || ip.isAnyLocalAddress()
            || ip.isLinkLocalAddress()
            || ip.isMulticastAddress()
            || METADATA.contains(ip.getHostAddress());
    return !local || open.contains(address)
        ? null
        : "%s is an address of this machine or its link; gateway.local-targets can open it"
            .formatted(NetUtil.toSocketAddressString(address));
  }

  private static String words(Known known) {
    return "%s:%d is %s, which is never a target"
        .formatted(known.own().host(), known.own().port(), known.own().what());
  }
}
