package lmnop.router.edge;

import java.util.Objects;
import lmnop.router.resolve.Lookup;
import lmnop.router.resolve.Resolver;
import org.jspecify.annotations.Nullable;

/**
 * What a connection's last request meant by its Host header, and which function it named by a path
 * preset: mostly the next one has the same, which then costs no object.
 */
final class LastEntrance {
  private final Resolver resolver;
  private String host = "";
  private Resolver.@Nullable Entrance entrance;
  private String preset = "";
  private @Nullable Lookup named;

  LastEntrance(Resolver resolver) {
    this.resolver = resolver;
  }

  /** What a Host header means; null where it is not valid. */
  Resolver.@Nullable Entrance of(String asked) {
    if (!asked.equals(host)) {
      entrance = resolver.entrance(asked);
      host = asked;
      named = null;
    }
    return entrance;
  }

  /**
   * What to look up for a target at the host that was just asked for; null where a preset names
   * something that can be no function.
   */
  @Nullable Lookup lookup(String target) {
    Lookup last = named;
    if (last != null && isNamedAgain(target)) {
      return last;
    }
    Lookup lookup = resolver.lookup(Objects.requireNonNull(entrance), target);
    if (lookup != null && lookup.named()) {
      named = lookup;
      preset = target.substring(0, lookup.stripped());
    }
    return lookup;
  }

  private boolean isNamedAgain(String target) {
    int end = preset.length();
    return target.startsWith(preset)
        && (target.length() == end || target.charAt(end) == '/' || target.charAt(end) == '?');
  }
}
