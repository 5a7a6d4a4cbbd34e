package lmnop.operations.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

final class SignsOfLifeTest {
  private long now = 1;
  private int asked;
  private Mono<Boolean> answer = Mono.just(true);
  private final Connection connection =
      (Connection)
          Proxy.newProxyInstance(
              Connection.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "validate" -> {
                      asked++;
                      yield answer;
                    }
                    case "hashCode" -> System.identityHashCode(self);
                    default -> throw new UnsupportedOperationException(method.getName());
                  });
  private final SignsOfLife signs = new SignsOfLife(() -> now, Duration.ofMillis(50));

  private void takeAfter(Duration time) {
    now += time.toNanos();
    signs.ask(connection).block();
  }

  @Test
  void asksWhoWasNotUsedForAWhile() {
    takeAfter(Duration.ZERO);
    takeAfter(Duration.ofMillis(1999));
    takeAfter(Duration.ofMillis(1999));
    assertThat(asked).as("new, and used a moment ago").isZero();
    takeAfter(Duration.ofSeconds(2));
    assertThat(asked).isEqualTo(1);
    takeAfter(Duration.ofMillis(10));
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void givesNobodyADeadConnection() {
    takeAfter(Duration.ZERO);
    answer = Mono.just(false);
    assertThatThrownBy(() -> takeAfter(Duration.ofSeconds(5)))
        .isInstanceOf(R2dbcException.class)
        .hasMessageContaining("left");
  }

  @Test
  void waitsForNoAnswerForLong() {
    takeAfter(Duration.ZERO);
    answer = Mono.never();
    assertThatThrownBy(() -> takeAfter(Duration.ofSeconds(5)))
        .matches(error -> Exceptions.unwrap(error) instanceof TimeoutException);
    answer = Mono.just(true);
    assertThatCode(() -> takeAfter(Duration.ofSeconds(5))).doesNotThrowAnyException();
  }
}
