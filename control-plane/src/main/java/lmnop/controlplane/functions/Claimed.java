package lmnop.controlplane.functions;

import java.util.List;

/**
 * A function that a push may deploy.
 *
 * @param created whether this transaction made it
 * @param hosts where it is reached, the shortest first
 */
public record Claimed(long functionId, boolean created, List<String> hosts) {
  public Claimed {
    hosts = List.copyOf(hosts);
  }
}
