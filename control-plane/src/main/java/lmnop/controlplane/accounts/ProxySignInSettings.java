package lmnop.controlplane.accounts;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Sign-in by a proxy that knows already who somebody is; off unless its networks are named.
 *
 * @param networks from which it reaches this listener itself, past the routers; written {@code
 *     10.0.0.0/8,fd00::/8}
 * @param header in which it names the account, and which it takes out of what clients send
 */
public record ProxySignInSettings(
    @DefaultValue List<String> networks, @DefaultValue("X-Forwarded-User") String header) {
  /** Routers drop these from what clients send, so nobody says such a thing through a router. */
  private static final List<String> DROPPED_BY_ROUTERS = List.of("x-forwarded-", "x-remote-");

  private static final Pattern NETWORK = Pattern.compile("([0-9A-Fa-f.:]+)/([0-9]{1,3})");

  public ProxySignInSettings {
    networks = List.copyOf(networks);
    networks.forEach(ProxySignInSettings::rule);
    String name = header.toLowerCase(Locale.ROOT);
    if (DROPPED_BY_ROUTERS.stream().noneMatch(name::startsWith)) {
      throw new IllegalArgumentException(
          "proxy-sign-in.header = '%s' must begin with X-Forwarded- or X-Remote-, which routers drop from what clients send"
              .formatted(header));
    }
  }

  List<IpSubnetFilterRule> rules() {
    return networks.stream().map(ProxySignInSettings::rule).toList();
  }

  private static IpSubnetFilterRule rule(String network) {
    Matcher parts = NETWORK.matcher(network.strip());
    byte[] address =
        parts.matches() ? NetUtil.createByteArrayFromIpAddressString(parts.group(1)) : null;
    int bits = address == null ? -1 : Integer.parseInt(parts.group(2));
    if (address == null || bits > address.length * Byte.SIZE) {
      throw new IllegalArgumentException(
          "proxy-sign-in.networks = '%s' must be networks like 10.0.0.0/8".formatted(network));
    }
    return new IpSubnetFilterRule(parts.group(1), bits, IpFilterRuleType.ACCEPT);
  }
}
