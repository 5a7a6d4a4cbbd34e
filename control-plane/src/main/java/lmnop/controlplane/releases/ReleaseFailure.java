package lmnop.controlplane.releases;

import java.util.Objects;

/**
 * A release that cannot go on; the revision that was current stays current.
 *
 * @see #byUser
 */
public final class ReleaseFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean byUser;

  private ReleaseFailure(boolean byUser, String message) {
    super(message, null, false, false);
    this.byUser = byUser;
  }

  /** The pushed function is at fault. */
  public static ReleaseFailure ofUser(String message) {
    return new ReleaseFailure(true, message);
  }

  /** The platform is at fault. */
  public static ReleaseFailure ofPlatform(String message) {
    return new ReleaseFailure(false, message);
  }

  boolean byUser() {
    return byUser;
  }

  String words() {
    return Objects.requireNonNullElse(getMessage(), "it failed");
  }
}
