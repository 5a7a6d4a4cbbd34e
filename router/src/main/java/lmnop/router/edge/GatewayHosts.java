package lmnop.router.edge;

import org.jspecify.annotations.Nullable;

/** Which hosts operators' own routes serve; asked on event loops. */
public interface GatewayHosts {
  /** No host at all. */
  GatewayHosts NONE =
      new GatewayHosts() {
        @Override
        public boolean anyBeforeFunctions() {
          return false;
        }

        @Override
        public @Nullable Claim claim(String host) {
          return null;
        }
      };

  /** When a request for a host goes to the gateway. */
  enum Claim {
    /** Whatever the routing table says. */
    BEFORE_FUNCTIONS,
    /** Where the routing table leads to nothing. */
    AFTER_FUNCTIONS
  }

  /** Whether any host is claimed ahead of functions. */
  boolean anyBeforeFunctions();

  /** What is claimed of a host, written as the routing table writes it; null means nothing. */
  @Nullable Claim claim(String host);
}
