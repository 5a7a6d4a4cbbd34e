package lmnop.router.edge;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a client's connection, by the socket's own word.
 *
 * @param address its IP address
 * @param secure whether the connection is encrypted
 * @param trusted whether what it says of a request's way so far is taken
 * @param internal whether it came through the internal listener
 * @param serverName the host that the client asked a certificate for; null where it asked for none
 * @param inner whether it came through the inner gateway's door
 */
record Peer(
    String address,
    boolean secure,
    boolean trusted,
    boolean internal,
    @Nullable String serverName,
    boolean inner) {
  /** The inner gateway, or who pretends to be: RESOLVE asks for its secret. */
  static Peer innerGateway() {
    return new Peer("127.0.0.1", false, true, false, null, true);
  }

  static Peer of(
      Channel channel,
      boolean secure,
      boolean internal,
      @Nullable String serverName,
      TrustedProxies trusted) {
    String address =
        channel.remoteAddress() instanceof InetSocketAddress remote
            ? remote.getAddress().getHostAddress()
            : "unknown";
    return new Peer(address, secure, trusted.contains(address), internal, serverName, false);
  }

  /** Whether a connection that was opened for one host may be used to ask for this one. */
  boolean mayAsk(String host) {
    return serverName == null || serverName.equals(host);
  }
}
