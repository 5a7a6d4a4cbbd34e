package lmnop.operations.net;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/** Finds the addresses of hosts, and says to which of them somebody else may lead us. */
@FunctionalInterface
public interface Addresses {
  /** The addresses that the machine's resolver knows. */
  List<InetAddress> of(String host) throws UnknownHostException;

  /** The machine's own resolver. */
  static Addresses ofMachine() {
    return host ->
        host.endsWith(
                ".localhost") // always this machine, which not every resolver knows (RFC 6761)
            ? List.of(InetAddress.getLoopbackAddress())
            : Arrays.asList(InetAddress.getAllByName(host));
  }

  /**
   * Whether a connection may go there. Where a cloud keeps its machines' credentials is closed to
   * everybody; this machine, and what is not the public Internet, to all but the operator's own.
   */
  static boolean mayBeReached(InetAddress address, boolean own) {
    InetAddress real = embedded(address);
    if (real.isLinkLocalAddress() || real.isMulticastAddress() || isMetadata(real)) {
      return false;
    }
    return own || !(isPrivate(real) || isThisMachine(real));
  }

  private static boolean isMetadata(InetAddress address) {
    String text = address.getHostAddress();
    return text.equals("100.100.100.200") || text.startsWith("fd00:ec2:");
  }

  private static boolean isPrivate(InetAddress address) {
    byte[] b = address.getAddress();
    int first = b[0] & 0xff;
    int second = b[1] & 0xff;
    return address instanceof Inet4Address
        ? first == 0
            || first >= 240
            || address.isLoopbackAddress()
            || address.isSiteLocalAddress()
            || (first == 100 && (second & 0xc0) == 64)
            || (first == 198 && (second & 0xfe) == 18)
        : (first & 0xfe) == 0xfc
            || address.isSiteLocalAddress()
            || address.isLoopbackAddress()
            || address.isAnyLocalAddress();
  }

  private static boolean isThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true; // who cannot say lets nobody in
    }
  }

  /** IPv6 has ways to write an IPv4 address that lead to it all the same. */
  private static InetAddress embedded(InetAddress address) {
    byte[] b = address.getAddress();
    if (b.length != 16) {
      return address;
    }
    boolean nat64 = b[0] == 0 && b[1] == 0x64 && (b[2] & 0xff) == 0xff && (b[3] & 0xff) == 0x9b;
    boolean sixToFour = b[0] == 0x20 && b[1] == 0x02;
    boolean compatible = zeros(b, 12) && !zeros(b, 15);
    try {
      if (nat64 || compatible) {
        return InetAddress.getByAddress(Arrays.copyOfRange(b, 12, 16));
      }
      return sixToFour ? InetAddress.getByAddress(Arrays.copyOfRange(b, 2, 6)) : address;
    } catch (UnknownHostException e) {
      return address; // four bytes are always an address
    }
  }

  private static boolean zeros(byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
