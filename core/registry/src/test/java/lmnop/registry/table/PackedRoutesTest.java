package lmnop.registry.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import lmnop.registry.table.FunctionRoutes.Endpoint;
import lmnop.registry.table.FunctionRoutes.Share;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PackedRoutesTest {
  private static final int ENTRIES = 5000;
  private static final List<String> TEXTS =
      List.of(
          "",
          "/",
          "default",
          "http",
          "h2c",
          "10.0.0.1",
          "ä name with a longer text",
          "x".repeat(300));

  private final Random random = new Random(7);
  private final UnpackedRoutes kept = new UnpackedRoutes(3);

  @Test
  void givesBackWhatWasPacked() {
    for (int i = 0; i < ENTRIES; i++) {
      HostRoutes routes = new HostRoutes(random.nextLong(), many(this::rule));
      PackedRoutes packed = new PackedRoutes(routes);
      assertThat(packed.unpack()).isEqualTo(routes);
      assertThat(packed.asOf(9).unpack()).isEqualTo(new HostRoutes(9, routes.rules()));
      assertThat(packed.routes(kept)).isEqualTo(routes);
    }
  }

  @Test
  void keepsTheObjectsOfThoseThatWereAskedForLast() {
    List<PackedRoutes> entries = new ArrayList<>();
    List<HostRoutes> objects = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      entries.add(new PackedRoutes(new HostRoutes(i, List.of(rule()))));
      objects.add(entries.get(i).routes(kept));
    }
    for (int i = 3; i >= 1; i--) {
      assertThat(entries.get(i).routes(kept)).isSameAs(objects.get(i));
    }
    assertThat(entries.getFirst().routes(kept)).isEqualTo(objects.getFirst());
    assertThat(entries.getFirst().routes(kept)).isNotSameAs(objects.getFirst());
    assertThat(entries.get(1).routes(kept)).isNotSameAs(objects.get(1));
  }

  private HostRoutes.Rule rule() {
    return new HostRoutes.Rule(text(), maybe(this::text), maybe(this::function), maybe(this::any));
  }

  private FunctionRoutes function() {
    return new FunctionRoutes(
        any(),
        text(),
        text(),
        maybe(this::any),
        many(this::share),
        many(() -> new InvokeToken(text(), maybe(this::any))));
  }

  private Share share() {
    RoutePolicy policy = random.nextBoolean() ? RoutePolicy.DEFAULT : policy();
    return new Share(
        any(), number(), text(), text(), number(), policy, many(this::endpoint), maybe(this::text));
  }

  private Endpoint endpoint() {
    return new Endpoint(text(), text(), text(), number(), text(), text());
  }

  private RoutePolicy policy() {
    return new RoutePolicy(
        maybe(this::any),
        maybe(this::any),
        maybe(this::any),
        maybe(this::number),
        maybe(this::number),
        maybe(this::any),
        maybe(this::rate),
        maybe(this::rate),
        maybe(this::cors),
        maybe(random::nextBoolean),
        maybe(() -> oneOf(List.of(RoutePolicy.Access.values()))),
        maybe(() -> oneOf(List.of(RoutePolicy.Sticky.values()))));
  }

  private RoutePolicy.Rate rate() {
    return new RoutePolicy.Rate(number(), any());
  }

  private RoutePolicy.Cors cors() {
    return new RoutePolicy.Cors(
        many(this::text),
        many(this::text),
        many(this::text),
        random.nextBoolean(),
        maybe(this::any));
  }

  private long any() {
    return random.nextLong() >> random.nextInt(64);
  }

  private int number() {
    return (int) any();
  }

  private String text() {
    return oneOf(TEXTS);
  }

  private <T> T oneOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private <T> @Nullable T maybe(Supplier<T> value) {
    return random.nextBoolean() ? value.get() : null;
  }

  private <T> List<T> many(Supplier<T> value) {
    List<T> values = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      values.add(value.get());
    }
    return values;
  }
}
