package lmnop.controlplane.releases;

/** Where a release says what it is doing: the log of the build that asked for it. */
@FunctionalInterface
public interface ReleaseLog {
  /** Adds a line to the build's log; a release without a build says nothing. */
  void append(long buildId, String stage, String text);

  /** Says a line about a release. */
  default void say(Release release, String stage, String text) {
    Long build = release.buildId();
    if (build != null) {
      append(build, stage, text);
    }
  }
}
