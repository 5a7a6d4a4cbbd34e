package lmnop.router.edge;

import lmnop.router.resolve.Resolver;
import org.jspecify.annotations.Nullable;

/** What the Host header of a connection's last request meant: mostly the next one has the same. */
final class LastEntrance {
  private final Resolver resolver;
  private String host = "";
  private Resolver.@Nullable Entrance entrance;

  LastEntrance(Resolver resolver) {
    this.resolver = resolver;
  }

  Resolver.@Nullable Entrance of(String asked) {
    if (!asked.equals(host)) {
      entrance = resolver.entrance(asked);
      host = asked;
    }
    return entrance;
  }
}
