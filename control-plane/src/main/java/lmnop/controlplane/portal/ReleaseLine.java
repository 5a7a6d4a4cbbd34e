package lmnop.controlplane.portal;

import java.util.List;
import java.util.Locale;
import lmnop.controlplane.overview.Difference;
import lmnop.controlplane.releases.ReleaseHistory;

/**
 * A release as the list shows it.
 *
 * @param state a word that is the name of its style too
 * @param changes what is different from what served before
 * @param back whether its revision may be gone back to
 */
public record ReleaseLine(
    ReleaseHistory.Entry release, String state, List<Difference> changes, boolean back) {
  public ReleaseLine {
    changes = List.copyOf(changes);
  }

  static ReleaseLine of(ReleaseHistory.Entry release, List<Difference> changes, boolean back) {
    String state = release.state().toLowerCase(Locale.ROOT).replace('_', '-');
    return new ReleaseLine(release, state, changes, back);
  }

  /** Whether it is not over. */
  boolean isUnderWay() {
    return release.endedAt() == null;
  }
}
