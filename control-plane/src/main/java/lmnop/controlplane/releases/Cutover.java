package lmnop.controlplane.releases;

import java.io.IOException;
import java.util.stream.Collectors;
import lmnop.controlplane.git.Repositories;
import reactor.core.publisher.Flux;
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
    requireNotOvertaken(release);
    Mono<Long> said =
        Flux.fromIterable(release.parts())
            .concatMap(part -> switched(part).map(words -> release.about(part) + words))
            .concatWith(traffic.differences(release.id()).map(Cutover::words))
            .concatWith(traffic.stopped(release.id()).map(name -> name + " stops"))
            .collectList()
            .flatMap(texts -> lines.lines(release, "CUTOVER", texts));
    return traffic.cutOver(release, right, said);
  }

  /** Refuses a release of a commit that lacks what its branch has: also before it is deployed. */
  void requireNotOvertaken(Release release) throws IOException {
    String ref = release.ref();
    String commit = release.commit();
    if (ref != null
        && commit != null
        && !repositories.mayMove(release.repositoryId(), ref, release.oldCommit(), commit)) {
      throw ReleaseFailure.ofUser(
          release.cause() == Release.Cause.PROMOTION
              ? "the branch lacks what " + ref + " has: merge that, push, and promote it then"
              : "overtaken: "
                  + ref
                  + " moved on while this was built; fetch first, then push again");
    }
  }

  private Mono<String> switched(Release.Part part) {
    int revision = part.revisionNumber();
    return switch (part.weight()) {
      case 0 -> Mono.just("revision " + revision + " gets the preview's host");
      case 100 -> Mono.just("revision " + revision + " gets the traffic");
      default ->
          traffic.shares(part.functionId()).map(shares -> "the traffic is shared: " + shares);
    };
  }

  /** Values may be long, and are in the repository; the names say where to look. */
  private static String words(Traffic.Difference difference) {
    String changed =
        difference.keys().stream()
            .filter(key -> !key.equals("revision"))
            .map(key -> key.equals("templateDigest") ? "template" : key) // its name, or its content
            .distinct()
            .collect(Collectors.joining(", "));
    return "different from revision %d of %s: %s"
        .formatted(
            difference.number(), difference.function(), changed.isEmpty() ? "nothing" : changed);
  }
}
