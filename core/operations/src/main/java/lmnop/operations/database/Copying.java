package lmnop.operations.database;

import static lmnop.operations.database.Rows.only;

import java.io.IOException;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * Whether a backup is being made: its rows are those of its beginning, so no file that they name
 * may go before its end.
 *
 * <p>Who removes files asks after the rows that no longer name them are committed: then a backup
 * that begins later does not have those rows either.
 */
public final class Copying {
  private static final String KEY = "hashtextextended('lmnop backup', 0)";

  private Copying() {}

  /** Holds off the removal of files until the session ends; waits for another backup's end. */
  public static void begin(OwnerSession session) throws IOException {
    session.rows("SELECT pg_advisory_lock(" + KEY + ")");
  }

  /** Lets go of what {@link #begin} holds; so does the end of the session, a moment later. */
  public static void end(OwnerSession session) throws IOException {
    session.rows("SELECT pg_advisory_unlock(" + KEY + ")");
  }

  /** Whether one is being made now. */
  public static Mono<Boolean> isGoingOn(Database database) {
    return database.one(
        "SELECT NOT pg_try_advisory_xact_lock_shared(" + KEY + ")",
        Map.of(),
        row -> only(row, Boolean.class));
  }
}
