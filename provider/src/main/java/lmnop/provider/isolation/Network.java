package lmnop.provider.isolation;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine's side of the instances' network: one link to each instance, and rules that let
 * nothing pass but the answers to connections from this machine, and what may go out.
 *
 * <p>Whatever belongs to it has a name that starts with {@link #prefix}, so that two providers on
 * one machine do not meet.
 */
final class Network {
  private static final Logger log = LoggerFactory.getLogger(Network.class);

  /** What is not the public Internet, after IANA's registry of special addresses. */
  private static final List<String> NOT_PUBLIC =
      List.of(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3");

  /** Where functions find other functions, at the machine's end of their links. */
  private static final int GATEWAY_PORT = 8080;

  private final AddressRange range;
  private final boolean egress;
  private final @Nullable FunctionGateway gateway;
  private final List<String> nameServers;
  private final String prefix;
  private final String table;
  private final String metric;
  private final Path changedForwarding;

  /**
   * The network of one provider.
   *
   * @param name four letters and digits that no other provider of the machine has
   * @param data where it notes what it changed on the machine
   */
  Network(
      AddressRange range,
      boolean egress,
      @Nullable FunctionGateway gateway,
      List<String> nameServers,
      String name,
      Path data) {
    this.range = range;
    this.egress = egress;
    this.gateway = gateway;
    this.nameServers = nameServers;
    this.prefix = "lm" + name + "-";
    this.table = "lmnop_" + name;
    this.metric = Integer.toString(100_000 + Math.floorMod(name.hashCode(), 100_000));
    this.changedForwarding = data.resolve("forwarding");
  }

  /** The link to the instance at an address. */
  String link(String address) {
    return prefix + Integer.toHexString(range.place(address));
  }

  String prefix() {
    return prefix;
  }

  /** Whether some link of this machine, ours or not, leads to the address. */
  static boolean isRouted(String address) {
    String hex =
        HexFormat.of()
            .withUpperCase()
            .toHexDigits(Integer.reverseBytes((int) AddressRange.number(address)));
    try {
      return Files.readAllLines(Path.of("/proc/net/route")).stream()
          .filter(line -> line.contains(hex))
          .map(line -> line.split("\\s+"))
          .anyMatch(f -> f.length > 7 && f[1].equals(hex) && f[7].equals("FFFFFFFF"));
    } catch (IOException e) {
      return false;
    }
  }

  /** Where an instance calls other functions, if it may. */
  Optional<String> gatewayUrl() {
    return gateway == null
        ? Optional.empty()
        : Optional.of(FunctionGateway.url(range.gateway(), GATEWAY_PORT));
  }

  /**
   * Puts the rules up, all at once, and a route that answers at once for addresses that no instance
   * has: without it a connection to a stopped instance would leave the machine.
   */
  void open() throws IOException {
    if (forwards()) {
      forwardFromOutside();
    }
    Command.run(rules(), "nft", "-f", "-");
    Command.run("", "ip", "route", "replace", "unreachable", range.toString(), "metric", metric);
  }

  /** Takes everything away again; forwarding stays on while another provider needs it. */
  void close() {
    quietly(withoutRules(), "nft", "-f", "-");
    quietly("", "ip", "route", "del", "unreachable", range.toString(), "metric", metric);
    try {
      boolean alone = !Command.run("", "nft", "list", "tables").contains(" lmnop_");
      if (alone && Files.exists(changedForwarding)) {
        Files.writeString(forwarding(Files.readString(changedForwarding)), "0");
        Files.delete(changedForwarding);
      }
    } catch (IOException e) {
      log.warn("forwarding stays on: {}", e.toString());
    }
  }

  private boolean forwards() {
    return egress || (gateway != null && !gateway.host().startsWith("127."));
  }

  private static void quietly(String input, String... command) {
    try {
      Command.run(input, command);
    } catch (IOException e) {
      log.debug("{}", e.getMessage());
    }
  }

  /**
   * Answers from outside come back to an instance only if their link forwards. Where it did not, it
   * does from now on; see {@link #noTransit}.
   */
  private void forwardFromOutside() throws IOException {
    Optional<String> outside = outside();
    if (outside.isEmpty()) {
      log.info("this machine has no way out, so functions have none");
    } else if (Files.readString(forwarding(outside.get())).strip().equals("0")) {
      Files.writeString(changedForwarding, outside.get());
      Files.writeString(forwarding(outside.get()), "1");
    }
  }

  private static Path forwarding(String link) {
    return Path.of("/proc/sys/net/ipv4/conf", link, "forwarding");
  }

  /** The link of the default route. */
  private static Optional<String> outside() throws IOException {
    return Files.readAllLines(Path.of("/proc/net/route")).stream()
        .map(line -> line.split("\\s+"))
        .filter(f -> f.length > 7 && f[1].equals("00000000") && f[7].equals("00000000"))
        .map(f -> f[0])
        .findFirst();
  }

  private String withoutRules() {
    return """
    table ip %1$s {}
    delete table ip %1$s
    table ip6 %1$s {}
    delete table ip6 %1$s
    """
        .formatted(table);
  }

  /**
   * The rules. A packet from an instance to this machine passes only as an answer, or on its way to
   * the gateway of functions; one to another link only if it goes out, and to no address but a
   * public one or a name server's.
   */
  String rules() throws IOException {
    return withoutRules()
        + """
        table ip %1$s {
          chain prerouting {
            type nat hook prerouting priority dstnat; policy accept;
            %6$s
          }
          chain input {
            type filter hook input priority -10; policy accept;
            iifname != "%2$s*" accept
            ct state established,related accept
            %7$s
            reject
          }
          chain forward {
            type filter hook forward priority -10; policy accept;
            oifname "%2$s*" ct state established,related accept
            oifname "%2$s*" reject
            %7$s
            iifname "%2$s*" jump out
            %3$s
          }
          chain out {
            %4$s
            reject
          }
          chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr %5$s oifname != "%2$s*" masquerade
          }
        }
        table ip6 %1$s {
          chain input {
            type filter hook input priority -10; policy accept;
            iifname "%2$s*" drop
          }
          chain forward {
            type filter hook forward priority -10; policy accept;
            iifname "%2$s*" drop
          }
        }
        """
            .formatted(
                table,
                prefix,
                noTransit(),
                egress ? wayOut() : "",
                range,
                toGateway(),
                atGateway());
  }

  /** Instances ask the machine's end of their link; what listens there is somewhere else. */
  private String toGateway() {
    return gateway == null
        ? ""
        : "iifname \"%s*\" ip daddr %s tcp dport %d dnat to %s:%d"
            .formatted(prefix, range.gateway(), GATEWAY_PORT, gateway.host(), gateway.port());
  }

  private String atGateway() {
    return gateway == null
        ? ""
        : "iifname \"%s*\" ct status dnat ct original ip daddr %s accept"
            .formatted(prefix, range.gateway());
  }

  /** Where forwarding was off before, the machine still is no router between its neighbours. */
  private String noTransit() throws IOException {
    return Files.exists(changedForwarding)
        ? "iifname \"%1$s\" oifname \"%1$s\" drop"
            .formatted(Files.readString(changedForwarding).strip())
        : "";
  }

  private String wayOut() throws IOException {
    List<String> rules = new ArrayList<>();
    if (!nameServers.isEmpty()) {
      String servers = String.join(", ", nameServers);
      rules.add("ip daddr { %s } udp dport 53 accept".formatted(servers));
      rules.add("ip daddr { %s } tcp dport 53 accept".formatted(servers));
    }
    TreeSet<String> closed = new TreeSet<>(NOT_PUBLIC);
    closed.addAll(ownNetworks());
    for (String network : closed) {
      rules.add("ip daddr %s reject".formatted(network));
    }
    rules.add("accept");
    return rules.stream().collect(Collectors.joining("\n    "));
  }

  /** The networks that this machine is in, public or not: its neighbours are nobody's business. */
  private static List<String> ownNetworks() throws IOException {
    List<String> networks = new ArrayList<>();
    for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InterfaceAddress address : link.getInterfaceAddresses()) {
        int bits = address.getNetworkPrefixLength();
        if (address.getAddress() instanceof Inet4Address own && bits > 0 && bits <= 32) {
          long mask = -1L << (32 - bits);
          long number = AddressRange.number(own.getHostAddress()) & mask;
          networks.add(AddressRange.text(number) + "/" + bits);
        }
      }
    }
    return networks;
  }

  /** What makes the network of an instance at an address, which listens on one of the ports. */
  ReadyNetwork.Texts texts(String address, Set<Integer> ports) {
    return new ReadyNetwork.Texts(inside(address), outside(address), translation(ports));
  }

  /** Here the link begins, whose other end is put into the machine's namespace. */
  private String inside(String address) {
    return """
    link set lo up
    link add eth0 type veth peer name %1$s netns %2$d
    addr add %3$s/32 dev eth0
    link set eth0 up
    route add default via %4$s dev eth0 onlink
    """
        .formatted(link(address), ProcessHandle.current().pid(), address, range.gateway());
  }

  /**
   * What the kernel shall do with the link on the machine's side. With {@code route_localnet} a
   * gateway on 127.0.0.1 can be reached; the rules let nothing else there.
   */
  private String outside(String address) {
    return """
    conf=/proc/sys/net/ipv4/conf/%1$s
    echo 1 > $conf/rp_filter
    echo %2$d > $conf/forwarding
    echo %3$d > $conf/route_localnet
    ip -batch - <<END
    addr add %4$s/32 peer %5$s dev %1$s
    link set %1$s up
    END
    """
        .formatted(
            link(address), forwards() ? 1 : 0, gateway == null ? 0 : 1, range.gateway(), address);
  }

  /** Programs that listen on 127.0.0.1 only are reached at the instance's address as well. */
  static String translation(Set<Integer> ports) {
    return """
    table ip lmnop
    delete table ip lmnop
    table ip lmnop {
      chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        iifname "eth0" tcp dport { %s } dnat to 127.0.0.1
      }
    }
    """
        .formatted(ports.stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }
}
