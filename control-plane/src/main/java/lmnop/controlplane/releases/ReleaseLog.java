package lmnop.controlplane.releases;

import java.time.Duration;
import reactor.core.publisher.Mono;

/** Where a release says what it is doing: the log of the build that asked for it. */
@FunctionalInterface
public interface ReleaseLog {
  /** Adds a line to the build's log. */
  Mono<Long> append(long buildId, String stage, String text);

  /** A line about a release, for a transaction; a release without a build says nothing. */
  default Mono<Long> line(Release release, String stage, String text) {
    Long build = release.buildId();
    return build == null ? Mono.just(0L) : append(build, stage, text);
  }

  /** Says a line about a release now. */
  default void say(Release release, String stage, String text) {
    line(release, stage, text).block(Duration.ofSeconds(10));
  }
}
