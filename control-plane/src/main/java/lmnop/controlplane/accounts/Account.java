package lmnop.controlplane.accounts;

/** A row of the accounts. */
record Account(long id, String name, String passwordHash, boolean administrator, boolean enabled) {
  Actor actor() {
    return new Actor(id, name, administrator);
  }

  @Override
  public String toString() {
    return "Account[" + name + "]";
  }
}
