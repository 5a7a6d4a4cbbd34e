package lmnop.controlplane.web;

import java.util.Locale;

/** What somebody may do for an owner; each includes those before it. */
public enum Right {
  /** See functions, revisions, builds and logs. */
  READ,
  /** Push, roll back, scale, set secrets. */
  DEPLOY,
  /** Manage members and tokens, delete functions. */
  ADMIN;

  /** The word that people write. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether who has this has the other too. */
  public boolean includes(Right other) {
    return compareTo(other) >= 0;
  }
}
