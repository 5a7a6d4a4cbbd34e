package lmnop.providerapi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is left of an instance that ended by itself. One that ends in the same way again is the same
 * crash once more.
 *
 * @param number counts a function's crashes
 * @param revision numeric id; null where the workload has none
 * @param instance that it happened to last
 * @param how it ended, in a sentence
 * @param exitCode of the program; null if it ended otherwise
 * @param signal that ended it; null if none did
 * @param limits that it met, each in a sentence
 * @param memoryPeak bytes that it had at most; 0 where the machine does not count them
 * @param memoryLimit bytes
 * @param times how often it happened
 * @param startedAt when the last of these instances came up; null if it never did
 * @param lines the last ones that it printed
 */
public record Crash(
    int number,
    String workload,
    @Nullable Long revision,
    String instance,
    String how,
    @Nullable Integer exitCode,
    @Nullable Integer signal,
    List<String> limits,
    long memoryPeak,
    long memoryLimit,
    int times,
    Instant firstAt,
    Instant lastAt,
    @Nullable Instant startedAt,
    List<String> lines) {

  public Crash {
    limits = List.copyOf(limits);
    lines = List.copyOf(lines);
  }

  /** Whether this and another one are the same crash, of the same revision in the same way. */
  public boolean isLike(Crash other) {
    return workload.equals(other.workload) && how.equals(other.how);
  }

  /** This one, which an earlier one that is like it was before. */
  public Crash after(Crash earlier) {
    return with(
        earlier.number(),
        earlier.times() + times,
        earlier.firstAt(),
        Math.max(memoryPeak, earlier.memoryPeak()),
        lines);
  }

  /** This one under a number. */
  public Crash numbered(int as) {
    return with(as, times, firstAt, memoryPeak, lines);
  }

  /** This one for a list. */
  public Crash withoutLines() {
    return with(number, times, firstAt, memoryPeak, List.of());
  }

  private Crash with(int number, int times, Instant firstAt, long peak, List<String> lines) {
    return new Crash(
        number,
        workload,
        revision,
        instance,
        how,
        exitCode,
        signal,
        limits,
        peak,
        memoryLimit,
        times,
        firstAt,
        lastAt,
        startedAt,
        lines);
  }
}
