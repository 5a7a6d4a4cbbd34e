package lmnop.controlplane.accounts;

import com.github.benmanes.caffeine.cache.Ticker;
import java.security.SecureRandom;
import lmnop.operations.database.Database;

/**
 * Accounts of tests. Their passwords are hashed as others are, but with next to no work: a hash
 * says how it was made, so whoever looks at one does no more either.
 */
public final class TestAccounts {
  private static final int MEMORY = 8; // KiB, the least there is

  private TestAccounts() {}

  /** Makes accounts in a database; the caller closes it. */
  public static Users of(Database database) {
    SecureRandom random = new SecureRandom();
    return new Users(database, new Passwords(random, Ticker.systemTicker(), MEMORY, 1), random);
  }
}
