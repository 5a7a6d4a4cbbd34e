package lmnop.controlplane.api;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.util.Map;
import java.util.Optional;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The SQL of requests that are done once; every method is part of the surrounding transaction. */
final class OnceStore {
  /**
   * A request that was answered.
   *
   * @param asked what it was
   */
  record Answered(String asked, Answer answer) {}

  private final Database database;

  OnceStore(Database database) {
    this.database = database;
  }

  /**
   * Takes a key; false if it is taken. Whoever asks at the same moment waits until the transaction
   * of the first has ended.
   */
  Mono<Boolean> take(long account, String key, String asked) {
    return database
        .change(
            """
            INSERT INTO answered_requests (account_id, key, asked) VALUES (:account, :key, :asked)
            ON CONFLICT DO NOTHING
            """,
            Map.of("account", account, "key", key, "asked", asked))
        .map(inserted -> inserted > 0);
  }

  Mono<Long> keep(long account, String key, Answer answer) {
    return database.change(
        """
        UPDATE answered_requests SET status = :status, location = :location, body = :body
        WHERE account_id = :account AND key = :key
        """,
        Map.of(
            "account", account,
            "key", key,
            "status", answer.status(),
            "location", Optional.ofNullable(answer.location()),
            "body", answer.body()));
  }

  Mono<Answered> find(long account, String key) {
    return database.one(
        """
        SELECT asked, status, location, body FROM answered_requests
        WHERE account_id = :account AND key = :key
        """,
        Map.of("account", account, "key", key),
        OnceStore::answered);
  }

  private static Answered answered(Row row) {
    @Nullable String location = row.get("location", String.class);
    return new Answered(
        need(row, "asked", String.class),
        new Answer(need(row, "status", Integer.class), location, need(row, "body", String.class)));
  }

  Mono<Long> forget(String age) {
    return database.change(
        "DELETE FROM answered_requests WHERE at < now() - CAST(:age AS interval)",
        Map.of("age", age));
  }
}
