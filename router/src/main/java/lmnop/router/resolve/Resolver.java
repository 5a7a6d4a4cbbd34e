package lmnop.router.resolve;

import lmnop.registry.table.RouteKey;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to look up for a host and a path: the host itself, or the function that a path
 * preset names.
 *
 * <p>Presets are answered on {@code gateway.<apps domain>} and on bare addresses only, so that no
 * function's own paths can be mistaken for them.
 */
public final class Resolver {
  private static final String BY_NAME = "/function/";
  private static final String BY_OWNER = "/fn/";
  private static final String SYSTEM = "/system/"; // of OpenFaaS's gateway
  private static final String ASYNC = "/async-function/"; // the same, which says that it has none
  private static final String HEALTH = "/healthz";
  private static final int LONGEST_NAME = 81; // NAME.OWNER

  private final String appsDomain;
  private final String portalHost;
  private final String presetHost;

  public Resolver(String appsDomain, String portalHost) {
    this.appsDomain = appsDomain;
    this.portalHost = portalHost;
    this.presetHost = "gateway." + appsDomain;
  }

  /** A host with all that can be said of it before a path is known; kept for a connection. */
  public record Entrance(HostName host, Lookup byHost, boolean portal, boolean presets) {
    /**
     * Whether the control plane answers: under the portal's host everything, and where functions
     * are called as at OpenFaaS's gateway what that one answers itself.
     */
    public boolean isForControlPlane(String target) {
      return portal
          || (presets
              && (target.startsWith(SYSTEM) || target.startsWith(ASYNC) || isHealth(target)));
    }

    private static boolean isHealth(String target) {
      return target.startsWith(HEALTH)
          && (target.length() == HEALTH.length() || target.charAt(HEALTH.length()) == '?');
    }
  }

  /** Reads a {@code Host} header; returns null where it is not valid. */
  public @Nullable Entrance entrance(String header) {
    HostName host = HostName.parse(header);
    if (host == null) {
      return null;
    }
    return new Entrance(
        host,
        new Lookup(new RouteKey.Host(host.name()), 0, false),
        host.name().equals(portalHost),
        host.bareAddress() || host.name().equals(presetHost));
  }

  /** Returns what to look up; null where a preset names something that can be no function. */
  public @Nullable Lookup lookup(Entrance entrance, String target) {
    if (entrance.presets()) {
      if (target.startsWith(BY_NAME)) {
        return byName(target);
      }
      if (target.startsWith(BY_OWNER)) {
        return byOwner(target);
      }
    }
    return entrance.byHost();
  }

  private @Nullable Lookup byName(String target) {
    int end = endOfSegment(target, BY_NAME.length());
    String name = target.substring(BY_NAME.length(), end);
    if (!mayBeName(name)) {
      return null;
    }
    int dot = name.indexOf('.');
    RouteKey key =
        dot < 0
            ? new RouteKey.Host(name + "." + appsDomain)
            : new RouteKey.Named(name.substring(dot + 1), name.substring(0, dot));
    return new Lookup(key, end, true);
  }

  private static @Nullable Lookup byOwner(String target) {
    int slash = endOfSegment(target, BY_OWNER.length());
    if (slash == target.length() || target.charAt(slash) != '/') {
      return null;
    }
    int end = endOfSegment(target, slash + 1);
    String owner = target.substring(BY_OWNER.length(), slash);
    String name = target.substring(slash + 1, end);
    if (!mayBeName(owner) || !mayBeName(name)) {
      return null;
    }
    return new Lookup(new RouteKey.Named(owner, name), end, true);
  }

  private static int endOfSegment(String target, int from) {
    int end = from;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    return end;
  }

  private static boolean mayBeName(String text) {
    if (text.isEmpty() || text.length() > LONGEST_NAME) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.') {
        return false;
      }
    }
    return true;
  }
}
