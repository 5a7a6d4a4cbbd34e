package lmnop.loadtest.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OrderTest {
  private static final Path HOME = Path.of("/home");

  private static Order read(String... arguments) throws Order.Misunderstood {
    return Order.read(HOME, List.of(arguments));
  }

  @Test
  void runsEverythingWhereNothingIsNamed() throws Exception {
    Order order = read();
    assertThat(order.simulations()).containsExactly(Simulation.values());
    assertThat(order.quick()).isFalse();
    assertThat(order.router()).isNull();
    assertThat(order.reports()).isEqualTo(Path.of("/home/target/loadtest"));
  }

  @Test
  void takesNamesAndOptionsInAnyOrder() throws Exception {
    Order order =
        read("--quick", "sse", "--url", "http://localhost:8080/", "cold-start", "--report", "/r");
    assertThat(order.simulations()).containsExactly(Simulation.COLD_START, Simulation.SSE);
    assertThat(order.quick()).isTrue();
    assertThat(order.router()).isEqualTo(URI.create("http://localhost:8080"));
    assertThat(order.data()).isEqualTo(Path.of("/home/data"));
    assertThat(order.reports()).isEqualTo(Path.of("/r"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"stedy", "--slow", "--url", "--data /x", "--url https://a", "--url a b"})
  void refusesWhatItDoesNotKnow(String line) {
    assertThatThrownBy(() -> read(line.split(" "))).isInstanceOf(Order.Misunderstood.class);
  }
}
