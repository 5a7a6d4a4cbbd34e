package lmnop.controlplane.accounts;

import lmnop.controlplane.web.Right;

/** A row of the accounts. */
record Account(long id, String name, String passwordHash, boolean administrator, boolean enabled) {
  /** Who shows the account's own password may do all that the account may. */
  Actor actor() {
    return new Actor(id, name, administrator, Right.ADMIN, null, true);
  }

  @Override
  public String toString() {
    return "Account[" + name + "]";
  }
}
