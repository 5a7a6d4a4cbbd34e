package lmnop.router.edge;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The networks of those in front of the router that may say whom they speak for. */
public final class TrustedProxies {
  /** Nobody. */
  public static final TrustedProxies NONE = new TrustedProxies(List.of());

  private final List<IpSubnetFilterRule> networks;

  private TrustedProxies(List<IpSubnetFilterRule> networks) {
    this.networks = List.copyOf(networks);
  }

  /** Reads networks as {@code 10.0.0.0/8}, {@code fd00::/8} or single addresses. */
  public static TrustedProxies of(List<String> networks) {
    List<IpSubnetFilterRule> rules = new ArrayList<>();
    for (String network : networks) {
      String[] parts = network.strip().split("/", 2);
      byte[] address = NetUtil.createByteArrayFromIpAddressString(parts[0]);
      if (address == null) {
        throw new IllegalArgumentException(
            "trusted-proxies: '%s' is no address and no network like 10.0.0.0/8"
                .formatted(network));
      }
      try {
        int bits = parts.length == 1 ? address.length * 8 : Integer.parseInt(parts[1]);
        rules.add(new IpSubnetFilterRule(parts[0], bits, IpFilterRuleType.ACCEPT));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "trusted-proxies: '%s' has no valid length of its network".formatted(network), e);
      }
    }
    return rules.isEmpty() ? NONE : new TrustedProxies(rules);
  }

  /** Whether an address is one of theirs; what is no address is not. */
  boolean contains(String address) {
    if (networks.isEmpty()) {
      return false;
    }
    InetAddress parsed = NetUtil.createInetAddressFromIpAddressString(address);
    if (parsed == null) {
      return false;
    }
    InetSocketAddress socket = new InetSocketAddress(parsed, 0);
    for (IpSubnetFilterRule network : networks) {
      if (network.matches(socket)) {
        return true;
      }
    }
    return false;
  }
}
