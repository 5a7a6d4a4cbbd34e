package lmnop.standalone.apps;

/** The host names of a platform on one machine; {@code localhost} and all below it is loopback. */
public final class Hosts {
  public static final String APPS_DOMAIN = "apps.localhost";
  public static final String PORTAL = "portal.localhost";

  private Hosts() {}
}
