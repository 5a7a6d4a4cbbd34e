package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.List;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;

/** Where a release says what it is doing: the log of the build that asked for it, or its own. */
final class ReleaseLog {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final StageLog builds;
  private final StageLog releases;

  ReleaseLog(Database database) {
    this.builds = StageLog.ofBuilds(database);
    this.releases = StageLog.ofReleases(database);
  }

  /** A line about a release, for a transaction. */
  Mono<Long> line(Release release, String stage, String text) {
    return lines(release, stage, List.of(text));
  }

  /** Lines about a release, for a transaction. */
  Mono<Long> lines(Release release, String stage, List<String> texts) {
    List<StageLog.Line> lines = texts.stream().map(text -> new StageLog.Line(stage, text)).toList();
    Long build = release.buildId();
    return build == null ? releases.append(release.id(), lines) : builds.append(build, lines);
  }

  /** Says a line about a release now. */
  void say(Release release, String stage, String text) {
    line(release, stage, text).block(ANSWER);
  }
}
