package lmnop.registry.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What becomes of look-ups while the database is slow, silent, or behind. */
final class SlowLookUpsTest {
  private static final RouteKey HELLO = new RouteKey.Host("hello.apps.localhost");

  /** A database that answers after longer than anybody waits for it once the router is warm. */
  private static RouteTable late(InstantSource clock) {
    Executor later = CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS);
    return new RouteTable(
        key -> CompletableFuture.supplyAsync(() -> new HostRoutes(1, List.of()), later),
        new SimpleMeterRegistry(),
        clock);
  }

  @Test
  void theFirstLookUpsOfARouterMayTakeLonger() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    RouteTable late = late(now::get);
    List<CompletableFuture<HostRoutes>> answers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      answers.add(late.resolve(new RouteKey.Host("first" + i)).toCompletableFuture());
    }
    for (CompletableFuture<HostRoutes> answer : answers) {
      assertThat(answer.get(30, TimeUnit.SECONDS).number()).isEqualTo(1);
    }
    now.set(now.get().plusSeconds(30));
    assertThatThrownBy(() ->
            late.resolve(new RouteKey.Host("later")).toCompletableFuture().get(5, TimeUnit.SECONDS))
        .hasCauseInstanceOf(RegistryUnavailable.class);
  }

  @Test
  void lookUpsAreBoundedWhileTheDatabaseHangs() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    InstantSource clock = now::get;
    AtomicInteger loads = new AtomicInteger();
    RouteTable hanging =
        new RouteTable(
            key -> {
              loads.incrementAndGet();
              return new CompletableFuture<>();
            },
            new SimpleMeterRegistry(),
            clock);
    now.set(now.get().plusSeconds(30)); // it is not new any more
    List<CompletableFuture<HostRoutes>> answers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      answers.add(hanging.resolve(new RouteKey.Host("h" + i)).toCompletableFuture());
    }
    for (CompletableFuture<HostRoutes> answer : answers) {
      assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RegistryUnavailable.class);
    }
    assertThat(loads.get()).isEqualTo(256);
  }

  @Test
  void answersUnavailableAndNotUnknownWhileTheDatabaseHangs() {
    RouteTable hanging =
        new RouteTable(
            key -> new CompletableFuture<>(), new SimpleMeterRegistry(), InstantSource.system());
    assertThatThrownBy(() -> hanging.resolve(HELLO).toCompletableFuture().get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(RegistryUnavailable.class);
    assertThat(hanging.cached(HELLO)).isNull();
  }

  @Test
  void aLoadThatAChangeOvertookIsMadeAgain() {
    Queue<CompletableFuture<HostRoutes>> loads = new ConcurrentLinkedQueue<>();
    RouteTable slow =
        new RouteTable(
            key -> {
              CompletableFuture<HostRoutes> load = new CompletableFuture<>();
              loads.add(load);
              return load;
            },
            new SimpleMeterRegistry(),
            InstantSource.system());
    CompletableFuture<HostRoutes> wanted = slow.load(HELLO);
    slow.announce(7);
    Objects.requireNonNull(loads.poll()).complete(new HostRoutes(6, List.of()));
    assertThat(wanted).isNotDone();
    Objects.requireNonNull(loads.poll()).complete(new HostRoutes(7, List.of()));
    assertThat(wanted).isCompletedWithValueMatching(routes -> routes.number() == 7);
  }
}
