package lmnop.controlplane.accounts;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.springframework.web.reactive.function.server.ServerRequest;

/** From where a request comes. */
final class Client {
  private static final String CHAIN = "X-Forwarded-For";
  private static final int LONGEST = 200; // characters

  private Client() {}

  /**
   * As people read it: behind a router, what that says of it. Whoever reaches this listener without
   * one could say anything, so nothing is decided by this.
   */
  static String inWords(ServerRequest request) {
    String chain = String.join(", ", request.headers().header(CHAIN));
    return chain.isEmpty() ? of(request) : chain.substring(0, Math.min(LONGEST, chain.length()));
  }

  /** The address at the other end of the connection. */
  static String of(ServerRequest request) {
    return request
        .remoteAddress()
        .map(InetSocketAddress::getAddress)
        .flatMap(address -> Optional.ofNullable(address.getHostAddress()))
        .orElse("unknown");
  }
}
