package lmnop.controlplane.deletions;

import java.util.List;

/**
 * What goes with a function, as whoever deletes it is told.
 *
 * @param hosts that lead to it, its own first
 * @param revisions how many are kept
 * @param repository where it comes from
 * @param branch of the repository that is deployed
 * @param others the functions that the repository holds beside it; it stays if there are any
 * @param named whether the commit that was deployed last names it
 */
public record Doomed(
    List<String> hosts,
    long revisions,
    String repository,
    String branch,
    List<String> others,
    boolean named) {
  public Doomed {
    hosts = List.copyOf(hosts);
    others = List.copyOf(others);
  }
}
