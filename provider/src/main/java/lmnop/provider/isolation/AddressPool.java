package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives places of a range to instances, so that a router with an old table never reaches another
 * function: a place goes to the same function only, until an hour after its last instance.
 *
 * <p>Who had which place is kept on disk, since a restart shortens no hour.
 */
final class AddressPool {
  private static final Logger log = LoggerFactory.getLogger(AddressPool.class);
  private static final Duration REST = Duration.ofHours(1);

  /** Who has or had a place; {@code until} is when others may have it. */
  private record Held(String function, Instant until) {}

  private final int size;
  private final Path file;
  private final Clock clock;
  private final IntPredicate taken;
  private final Set<Integer> inUse = new HashSet<>();
  private final Map<Integer, Held> held;
  private int next;

  /**
   * A pool of places from 0 to {@code size - 1}.
   *
   * @param taken whether somebody else on this machine has the place now
   * @param start the place that is looked at first
   */
  AddressPool(int size, Path file, Clock clock, IntPredicate taken, int start) {
    this.size = size;
    this.file = file;
    this.clock = clock;
    this.taken = taken;
    this.next = Math.floorMod(start, size);
    this.held = read(file);
  }

  /** Takes a free place for an instance of the function. */
  synchronized int take(String function) throws IOException {
    Instant now = clock.instant();
    held.values().removeIf(h -> h.until().isBefore(now));
    for (int i = 0; i < size; i++) {
      int place = (next + i) % size;
      Held before = held.get(place);
      boolean rests = before != null && !before.function().equals(function);
      if (!inUse.contains(place) && !rests && !taken.test(place)) {
        next = (place + 1) % size;
        hold(place, function);
        return place;
      }
    }
    throw new IOException(
        "all %d addresses are in use or rest for an hour after their last instance".formatted(size)
            + "; give the provider a larger range of addresses");
  }

  /** Takes a place that nobody had within the last hour, for a function that comes later. */
  synchronized OptionalInt reserve() {
    Instant now = clock.instant();
    held.values().removeIf(h -> h.until().isBefore(now));
    for (int i = 0; i < size; i++) {
      int place = (next + i) % size;
      if (!inUse.contains(place) && !held.containsKey(place) && !taken.test(place)) {
        next = (place + 1) % size;
        inUse.add(place);
        return OptionalInt.of(place);
      }
    }
    return OptionalInt.empty();
  }

  /** Gives back a place that was reserved and that no function had. */
  synchronized void free(int place) {
    inUse.remove(place);
  }

  /** Notes that an instance of the function has the place. */
  synchronized void hold(int place, String function) {
    inUse.add(place);
    rest(place, function);
  }

  /** Gives a place back; its rest begins. */
  synchronized void giveBack(int place, String function) {
    if (inUse.remove(place)) {
      rest(place, function);
    }
  }

  private void rest(int place, String function) {
    held.put(place, new Held(function, clock.instant().plus(REST)));
    write();
  }

  private static Map<Integer, Held> read(Path file) {
    Map<Integer, Held> read = new HashMap<>();
    try {
      for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
        String[] parts = line.split(" ", 3);
        read.put(Integer.parseInt(parts[0]), new Held(parts[2], moment(parts[1])));
      }
    } catch (IOException | RuntimeException e) {
      log.warn("which addresses rest is not known, {} cannot be read: {}", file, e.toString());
    }
    return read;
  }

  /** Seconds, which are quick to write: somebody may wait for the instance. Once it was a date. */
  private static Instant moment(String text) {
    return text.contains("T") ? Instant.parse(text) : Instant.ofEpochSecond(Long.parseLong(text));
  }

  private void write() {
    Instant now = clock.instant();
    String text =
        held.entrySet().stream()
            .filter(entry -> entry.getValue().until().isAfter(now))
            .map(e ->
                e.getKey()
                    + " "
                    + e.getValue().until().getEpochSecond()
                    + " "
                    + e.getValue().function())
            .collect(Collectors.joining("\n"));
    try {
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, text, StandardCharsets.UTF_8);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.warn("which addresses rest cannot be kept: {}", e.toString());
    }
  }
}
