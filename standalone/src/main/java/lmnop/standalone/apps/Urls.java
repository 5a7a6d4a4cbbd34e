package lmnop.standalone.apps;

import lmnop.standalone.machine.Ports;

/** Where a platform on one machine is found. */
public record Urls(Ports ports) {
  /** A function's own URL. */
  public String function(String name) {
    return "http://" + name + "." + Hosts.APPS_DOMAIN + ":" + ports.router() + "/";
  }

  /** A function's URL for programs that do not know names below localhost. */
  public String functionByPath(String name) {
    return "http://localhost:" + ports.router() + "/function/" + name;
  }

  public String portal() {
    return "http://" + Hosts.PORTAL + ":" + ports.router() + "/";
  }

  /** The portal for programs that do not know names below localhost. */
  public String portalByAddress() {
    return "http://127.0.0.1:" + ports.controlPlane() + "/";
  }

  /** The git remote of a function. */
  public String remote(String name) {
    return portal() + "scm/" + name;
  }

  /** The same, with the user's name, so that git asks for the password only. */
  public String remoteOf(String user, String name) {
    return "http://" + user + "@" + Hosts.PORTAL + ":" + ports.router() + "/scm/" + name;
  }
}
