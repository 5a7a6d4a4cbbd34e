package lmnop.builderworker.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.operations.archive.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DependencyCacheTest {
  private static final Digest KEY = Digest.of("key");

  @TempDir Path temp;
  private final Ticking clock = new Ticking();

  @Test
  void whatIsThereIsNotFetchedAgainEvenAfterARestart() throws Exception {
    AtomicInteger fetched = new AtomicInteger();
    DependencyCache.Fetch<IOException> fetch =
        tree -> {
          fetched.incrementAndGet();
          Files.writeString(tree.resolve("module.py"), "x");
        };

    Layer first;
    try (var held = cache(1 << 20).get("owner", KEY, true, fetch)) {
      assertThat(held.fresh()).isTrue();
      assertThat(held.tree().resolve("module.py")).hasContent("x");
      first = held.layer().orElseThrow();
    }
    try (var held = cache(1 << 20).get("owner", KEY, true, fetch)) {
      assertThat(held.fresh()).isFalse();
      assertThat(held.layer()).hasValue(first);
    }
    assertThat(fetched).hasValue(1);
  }

  @Test
  void oneOwnerDoesNotGetWhatAnotherFetched() throws Exception {
    DependencyCache cache = cache(1 << 20);
    cache.get("one", KEY, true, tree -> Files.writeString(tree.resolve("m"), "evil")).close();

    try (var held =
        cache.get("two", KEY, true, tree -> Files.writeString(tree.resolve("m"), "own"))) {
      assertThat(held.tree().resolve("m")).hasContent("own");
    }
  }

  @Test
  void aFetchThatFailsLeavesNothing() throws Exception {
    DependencyCache cache = cache(1 << 20);

    assertThatThrownBy(() ->
            cache.<IOException>get(
                "owner",
                KEY,
                true,
                tree -> {
                  Files.writeString(tree.resolve("half"), "x");
                  throw new IOException("broken off");
                }))
        .hasMessage("broken off");

    assertThat(temp.resolve("cache/making")).isEmptyDirectory();
    try (var held =
        cache.get("owner", KEY, true, tree -> Files.writeString(tree.resolve("m"), "x"))) {
      assertThat(held.fresh()).isTrue();
      assertThat(held.tree().resolve("half")).doesNotExist();
    }
  }

  @Test
  void whatAKilledWorkerLeftHalfMadeGoes() throws Exception {
    Files.createDirectories(temp.resolve("cache/making/left/tree"));

    cache(1 << 20);

    assertThat(temp.resolve("cache/making")).isEmptyDirectory();
  }

  @Test
  void twoBuildsWithTheSameDependenciesFetchThemOnce() throws Exception {
    DependencyCache cache = cache(1 << 20);
    AtomicInteger fetched = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    DependencyCache.Fetch<IOException> fetch =
        tree -> {
          begun.countDown();
          go.await();
          fetched.incrementAndGet();
        };
    Thread first = Thread.ofVirtual().start(() -> getQuietly(cache, fetch));
    begun.await();
    Thread second = Thread.ofVirtual().start(() -> getQuietly(cache, fetch));
    go.countDown();
    first.join();
    second.join();

    assertThat(fetched).hasValue(1);
  }

  @Test
  void noDependenciesAreNoLayer() throws Exception {
    try (var held = cache(1 << 20).<IOException>get("owner", KEY, true, tree -> {})) {
      assertThat(held.layer()).isEmpty();
    }
  }

  @Test
  void theLongestUnusedGoesFirstAndNothingThatIsInUse() throws Exception {
    DependencyCache cache = cache(250_000);
    fill(cache, "a").close();
    DependencyCache.Held used = fill(cache, "b");
    fill(cache, "a").close();
    fill(cache, "c").close();
    fill(cache, "d").close();

    assertThat(isKept("b")).as("in use").isTrue();
    assertThat(isKept("a")).isFalse();
    assertThat(isKept("c")).isFalse();
    assertThat(isKept("d")).as("the newest").isTrue();
    used.close();
    fill(cache, "e").close();
    assertThat(isKept("b")).isFalse();
  }

  /** Nothing is kept longer than it is held, so each thread takes away what the others look for. */
  @Test
  void whatIsHeldIsThereThoughEverybodyRemovesWhatIsNot() throws Exception {
    DependencyCache cache = cache(0);
    ConcurrentLinkedQueue<String> gone = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(Thread.ofVirtual().start(() -> useAll(cache, gone)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(gone).isEmpty();
  }

  private static void useAll(DependencyCache cache, ConcurrentLinkedQueue<String> gone) {
    for (int i = 0; i < 200; i++) {
      String name = "n" + i % 5;
      try (var held =
          cache.<IOException>get(
              "owner",
              Digest.of(name),
              false,
              tree -> Files.writeString(tree.resolve("file"), "x"))) {
        if (!Files.exists(held.tree().resolve("file"))) {
          gone.add(name);
        }
      } catch (IOException | InterruptedException | RuntimeException e) {
        gone.add(e.toString());
      }
    }
  }

  private DependencyCache.Held fill(DependencyCache cache, String name) throws Exception {
    return cache.<IOException>get(
        "owner",
        Digest.of(name),
        true,
        tree -> Files.write(tree.resolve("file"), new byte[100_000]));
  }

  private boolean isKept(String name) {
    return Files.exists(temp.resolve("cache/entries/owner").resolve(Digest.of(name).hex()));
  }

  private static void getQuietly(DependencyCache cache, DependencyCache.Fetch<IOException> fetch) {
    try {
      cache.get("owner", KEY, true, fetch).close();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private DependencyCache cache(long limit) throws IOException {
    return new DependencyCache(temp.resolve("cache"), limit, clock);
  }

  /** A clock on which every look is a second later. */
  private static final class Ticking extends Clock {
    private Instant now = Instant.EPOCH;

    @Override
    public synchronized Instant instant() {
      now = now.plus(Duration.ofSeconds(1));
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
