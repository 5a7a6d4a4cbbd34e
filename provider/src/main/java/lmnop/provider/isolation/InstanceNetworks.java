package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every instance a network of its own. A few wait ready made, once there was an instance:
 * somebody may wait for the next one, and a network takes as long as half a program's start.
 */
final class InstanceNetworks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(InstanceNetworks.class);
  private static final int WAITING = 2;

  /** An instance that has just been given its network has the processors for itself. */
  private static final Duration UNTIL_MORE = Duration.ofMillis(300);

  private final AddressPool pool;
  private final IntFunction<ReadyNetwork.Texts> texts;
  private final ReadyNetwork.Scripts scripts;
  private final ConcurrentLinkedDeque<ReadyNetwork> waiting = new ConcurrentLinkedDeque<>();
  private final Map<Integer, ReadyNetwork> given = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor maker =
      new ScheduledThreadPoolExecutor(
          1,
          Thread.ofPlatform().name("networks").daemon().factory(),
          new ThreadPoolExecutor.DiscardPolicy()); // what starts while we stop needs no more

  /**
   * Networks at the places of a pool.
   *
   * @param texts what makes the network of a place
   */
  InstanceNetworks(
      AddressPool pool, IntFunction<ReadyNetwork.Texts> texts, ReadyNetwork.Scripts scripts) {
    this.pool = pool;
    this.texts = texts;
    this.scripts = scripts;
    maker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Gives the place of a network, which is the function's from now on. */
  int take(String function) throws IOException {
    ReadyNetwork ready = oldest();
    int place;
    if (ready == null) {
      place = pool.take(function);
      try {
        ready = make(place);
      } catch (IOException e) {
        pool.giveBack(place, function);
        throw e;
      }
    } else {
      place = ready.place();
      pool.hold(place, function);
    }
    given.put(place, ready);
    maker.schedule(this::makeMore, UNTIL_MORE.toMillis(), TimeUnit.MILLISECONDS);
    return place;
  }

  private @Nullable ReadyNetwork oldest() {
    for (ReadyNetwork next = waiting.poll(); next != null; next = waiting.poll()) {
      if (next.isThere()) {
        return next;
      }
      pool.free(next.place());
    }
    return null;
  }

  private ReadyNetwork make(int place) throws IOException {
    return ReadyNetwork.make(place, texts.apply(place), scripts);
  }

  private void makeMore() {
    try {
      while (waiting.size() < WAITING && !maker.isShutdown()) {
        OptionalInt place = pool.reserve();
        if (place.isEmpty()) {
          return;
        }
        addTo(place.getAsInt());
      }
    } catch (IOException | RuntimeException e) {
      log.warn("no network is made before it is needed: {}", e.toString());
    }
  }

  private void addTo(int place) throws IOException {
    boolean made = false;
    try {
      made = waiting.add(make(place));
    } finally {
      if (!made) {
        pool.free(place);
      }
    }
  }

  /** Lets the network at a place become an instance's keeper. */
  Keeper start(int place, Path folder) throws IOException {
    ReadyNetwork network = given.remove(place);
    if (network == null) {
      throw new IllegalStateException("no network was given at place " + place);
    }
    return network.keep(folder);
  }

  /** Gives a place back, with the network that waited there for an instance that never started. */
  void giveBack(int place, String function) {
    ReadyNetwork network = given.remove(place);
    if (network != null) {
      network.close();
    }
    pool.giveBack(place, function);
  }

  /** Ends what waits; instances that run keep theirs. */
  @Override
  public void close() {
    maker.shutdown();
    try {
      if (!maker.awaitTermination(5, TimeUnit.SECONDS)) {
        log.warn("a network that was being made stays until this process ends");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    waiting.forEach(ReadyNetwork::close);
    given.values().forEach(ReadyNetwork::close);
  }
}
