package lmnop.operations.database;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/**
 * Asks a connection for a sign of life before it is used, unless it was used a moment ago.
 *
 * <p>A database that froze or moved away leaves connections behind on which nothing answers. But to
 * ask first doubles the way of each statement, and most follow on another.
 */
final class SignsOfLife {
  /** What was taken so recently and is back did answer: who waits in vain waits longer. */
  private static final long MOMENT = Duration.ofSeconds(2).toNanos();

  private final LongSupplier clock;
  private final Duration patience;
  private final Map<Connection, Long> taken = Collections.synchronizedMap(new WeakHashMap<>());

  /**
   * Prepares to ask.
   *
   * @param clock nanoseconds
   * @param patience how long an answer may take
   */
  SignsOfLife(LongSupplier clock, Duration patience) {
    this.clock = clock;
    this.patience = patience;
  }

  /** Called when a connection is taken; fails if it is dead. */
  Mono<Void> ask(Connection connection) {
    long now = clock.getAsLong();
    Long before = taken.put(connection, now);
    if (before == null || now - before < MOMENT) {
      return Mono.empty();
    }
    return Mono.from(connection.validate(ValidationDepth.REMOTE))
        .timeout(patience)
        .filter(Boolean::booleanValue)
        .switchIfEmpty(
            Mono.error(
                () -> new R2dbcNonTransientResourceException("the database left a connection")))
        .then();
  }
}
