package lmnop.controlplane.accounts;

import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * The word of a proxy for who somebody is. It counts if the connection itself comes from one of the
 * proxy's networks, and if it is said once.
 */
final class ProxySignIn {
  private final List<IpSubnetFilterRule> networks;
  private final String header;

  ProxySignIn(ProxySignInSettings settings) {
    this.networks = settings.rules();
    this.header = settings.header();
  }

  /** The account that the proxy names. */
  Optional<String> account(ServerRequest request) {
    List<String> named = request.headers().header(header);
    return named.size() == 1 && request.remoteAddress().filter(this::isProxy).isPresent()
        ? Optional.of(named.getFirst().strip())
        : Optional.empty();
  }

  private boolean isProxy(InetSocketAddress peer) {
    return networks.stream().anyMatch(network -> network.matches(peer));
  }
}
