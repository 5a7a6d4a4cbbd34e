package lmnop.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.operations.database.Database;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Two transactions that want the same rows in different orders. */
final class DeadlockTest {
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private TestDatabase test;
  private Database control;

  @BeforeEach
  void start() {
    test = new TestDatabase();
    control = test.as("lmnop_control");
    test.execute(
        """
        CREATE TABLE lmnop.counters (id bigint, count bigint DEFAULT 0);
        INSERT INTO lmnop.counters VALUES (1), (2);
        GRANT SELECT, UPDATE ON lmnop.counters TO lmnop_control
        """);
  }

  @AfterEach
  void stop() {
    control.close();
    test.close();
  }

  @Test
  void theOneThatIsEndedIsDoneAgain() {
    AtomicInteger begun = new AtomicInteger();
    CyclicBarrier bothHaveTheirFirst = new CyclicBarrier(2);
    CompletableFuture<@Nullable Long> there = inTurn(1, 2, bothHaveTheirFirst, begun);
    CompletableFuture<@Nullable Long> back = inTurn(2, 1, bothHaveTheirFirst, begun);

    assertThat(there.join()).isEqualTo(1);
    assertThat(back.join()).isEqualTo(1);
    assertThat(begun).hasValue(3); // one of them twice
    assertThat(count(1)).isEqualTo(2);
    assertThat(count(2)).isEqualTo(2);
  }

  @Test
  void whatSurroundsItIsDoneAgainAsAWhole() {
    AtomicInteger begun = new AtomicInteger();
    CyclicBarrier bothHaveTheirFirst = new CyclicBarrier(2);
    Mono<Long> nested =
        control.inTransaction(
            counted(1).then(control.inTransaction(second(2, bothHaveTheirFirst, begun))));
    CompletableFuture<@Nullable Long> there =
        nested.subscribeOn(Schedulers.boundedElastic()).toFuture();
    CompletableFuture<@Nullable Long> back = inTurn(2, 1, bothHaveTheirFirst, begun);

    assertThat(there.join()).isEqualTo(1);
    assertThat(back.join()).isEqualTo(1);
    assertThat(count(1)).isEqualTo(2);
    assertThat(count(2)).isEqualTo(2);
  }

  private CompletableFuture<@Nullable Long> inTurn(
      long first, long then, CyclicBarrier barrier, AtomicInteger begun) {
    return control
        .inTransaction(counted(first).then(second(then, barrier, begun)))
        .subscribeOn(Schedulers.boundedElastic())
        .toFuture();
  }

  /** Waits, only at the first time, until both transactions have the row that the other wants. */
  private Mono<Long> second(long counter, CyclicBarrier barrier, AtomicInteger begun) {
    return Mono.fromCallable(() -> begun.incrementAndGet() <= 2 ? barrier.await() : 0)
        .subscribeOn(Schedulers.boundedElastic())
        .then(counted(counter));
  }

  private Mono<Long> counted(long counter) {
    return control.change(
        "UPDATE counters SET count = count + 1 WHERE id = :id", Map.of("id", counter));
  }

  private long count(long counter) {
    return Objects.requireNonNull(
        control
            .one(
                "SELECT count FROM counters WHERE id = :id",
                Map.of("id", counter),
                row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block(ANSWER));
  }
}
