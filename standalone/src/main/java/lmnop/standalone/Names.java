package lmnop.standalone;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import lmnop.standalone.apps.Hosts;
import lmnop.standalone.machine.Programs;

/** Whether the programs of this machine know names below {@code localhost}. */
final class Names {
  private Names() {}

  /** Whether every program knows them, because the system's resolver does. */
  static boolean knownToAll() {
    return isLoopback(Hosts.PORTAL) && isLoopback("any." + Hosts.APPS_DOMAIN);
  }

  private static boolean isLoopback(String name) {
    try {
      return Arrays.stream(InetAddress.getAllByName(name)).allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Whether git knows them: it asks the same library as curl, which answers by itself. */
  static boolean knownToGit(Programs programs, int openPort) {
    return knownToAll()
        || programs.runs(
            "curl",
            "-s",
            "-m",
            "3",
            "-o",
            "/dev/null",
            "--noproxy",
            "*",
            "http://" + Hosts.PORTAL + ":" + openPort + "/");
  }
}
