package lmnop.controlplane.domains;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How domains of owners' own are proved.
 *
 * @param nameServers that are asked, written {@code 192.0.2.53:53}; without any, those of the
 *     machine
 * @param privateAddresses whether the proof by HTTP may be fetched from private addresses
 * @param httpPort where it is fetched
 * @param every how often the proof of a domain that routes is looked for again
 * @param grace how long one goes on to route whose proof is not found any more
 * @param perFunction how many a function may have, proved or not
 */
public record DomainSettings(
    @DefaultValue List<String> nameServers,
    @DefaultValue("false") boolean privateAddresses,
    @DefaultValue("80") int httpPort,
    @DefaultValue("1h") Duration every,
    @DefaultValue("3d") Duration grace,
    @DefaultValue("20") int perFunction) {
  private static final int DNS_PORT = 53;

  public DomainSettings {
    nameServers = List.copyOf(nameServers);
    nameServers.forEach(DomainSettings::address);
  }

  List<InetSocketAddress> servers() {
    return nameServers.stream().map(DomainSettings::address).toList();
  }

  /** An address with or without a port; of IPv6 in brackets where there is one. */
  private static InetSocketAddress address(String written) {
    int colon = written.lastIndexOf(':');
    boolean port = colon > 0 && (written.indexOf(':') == colon || written.startsWith("["));
    String host = port ? written.substring(0, colon) : written;
    try {
      return new InetSocketAddress(
          InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")),
          port ? Integer.parseInt(written.substring(colon + 1)) : DNS_PORT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "domains.name-servers = '%s' must be addresses like 192.0.2.53:53".formatted(written), e);
    }
  }
}
