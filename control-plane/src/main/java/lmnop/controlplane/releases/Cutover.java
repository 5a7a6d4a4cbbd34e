package lmnop.controlplane.releases;

import java.io.IOException;
import lmnop.controlplane.git.Repositories;
import reactor.core.publisher.Mono;

/** CUTOVER: gives the traffic to the new revisions, unless the branch has moved on. */
final class Cutover {
  private final Traffic traffic;
  private final Repositories repositories;
  private final ReleaseLog lines;

  Cutover(Traffic traffic, Repositories repositories, ReleaseLog lines) {
    this.traffic = traffic;
    this.repositories = repositories;
    this.lines = lines;
  }

  /**
   * The cutover of a release.
   *
   * @param right locks what gives the writer the right, or is empty
   * @return the number of the change; empty if the right is lost
   */
  Mono<Long> of(Release release, Mono<Long> right) throws IOException {
    String ref = release.ref();
    String commit = release.commit();
    if (ref != null
        && commit != null
        && !repositories.mayMove(release.repositoryId(), ref, release.oldCommit(), commit)) {
      throw ReleaseFailure.ofUser(
          "overtaken: " + ref + " moved on while this was built; fetch first, then push again");
    }
    int revision = release.parts().getFirst().revisionNumber();
    Mono<Long> said = lines.line(release, "CUTOVER", "revision " + revision + " gets the traffic");
    return traffic.cutOver(release, right, said);
  }
}
