package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a request came from: what the socket says, and before that what those said whose word is
 * taken.
 *
 * @param client the address of whoever asked first
 * @param secure whether it was encrypted there
 * @param chain what the function is told of the way so far
 */
record Forwarding(String client, boolean secure, String chain) {
  private static final int HOPS_AT_MOST = 32;

  /** What a stranger's connection says. */
  static Forwarding of(Peer peer) {
    return new Forwarding(peer.address(), peer.secure(), peer.address());
  }

  /** What a trusted proxy says of a request, with the proxy itself at the end. */
  static Forwarding of(Peer peer, HttpHeaders headers, TrustedProxies trusted) {
    List<String> said = headers.getAll(Names.X_FORWARDED_FOR);
    return new Forwarding(
        client(peer.address(), said, trusted),
        isSecure(peer, headers.get(Names.X_FORWARDED_PROTO)),
        chain(peer, String.join(", ", said)));
  }

  /** The inner gateway is no hop: what it passes on, this router wrote. */
  private static String chain(Peer peer, String before) {
    if (before.isEmpty()) {
      return peer.address();
    }
    return peer.inner() ? before : before + ", " + peer.address();
  }

  private static boolean isSecure(Peer peer, @Nullable String scheme) {
    return scheme == null ? peer.secure() : scheme.equalsIgnoreCase("https");
  }

  /**
   * The last one that no trusted proxy has: whatever stands before it, a stranger may have said.
   */
  private static String client(String peer, List<String> said, TrustedProxies trusted) {
    String client = peer;
    String[] hops = String.join(",", said).split(",", -1);
    for (int i = hops.length - 1, seen = 0; i >= 0 && seen < HOPS_AT_MOST; i--, seen++) {
      String hop = hops[i].strip();
      if (!NetUtil.isValidIpV4Address(hop) && !NetUtil.isValidIpV6Address(hop)) {
        return client;
      }
      client = hop;
      if (!trusted.contains(hop)) {
        return client;
      }
    }
    return client;
  }

  String scheme() {
    return secure ? "https" : "http";
  }
}
