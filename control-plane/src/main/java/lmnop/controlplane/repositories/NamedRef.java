package lmnop.controlplane.repositories;

/**
 * A branch or a tag.
 *
 * @param name without {@code refs/heads/} or {@code refs/tags/}
 * @param deploys whether a push to it is deployed
 */
public record NamedRef(String name, boolean deploys, CommitLine commit) {
  /** The name as people read it. */
  public String shown() {
    return Visible.line(name, 200);
  }
}
