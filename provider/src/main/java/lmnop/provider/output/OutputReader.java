package lmnop.provider.output;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.provider.api.LogReader;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rings of one workload's instances as one log, in order of time, without ever holding
 * more than a piece of each.
 */
final class OutputReader implements LogReader {
  private static final int BATCH = 500; // lines

  private final OutputStore store;
  private final LogRequest request;
  private final long sinceMicros;
  private final Map<String, Cursor> cursors = new HashMap<>();
  private long toSkip;
  private boolean gone;

  OutputReader(OutputStore store, LogRequest request) {
    this.store = store;
    this.request = request;
    this.sinceMicros =
        request.since() == null ? 0 : ChronoUnit.MICROS.between(Instant.EPOCH, request.since());
    this.toSkip = request.tail() <= 0 ? 0 : Math.max(0, count() - request.tail());
  }

  private long count() {
    long count = 0;
    for (Cursor cursor : newCursors()) {
      while (cursor.head() != null) {
        cursor.pop();
        count++;
      }
    }
    return count;
  }

  private List<Cursor> newCursors() {
    List<Cursor> fresh = new ArrayList<>();
    store
        .rings(request.namespace(), request.name())
        .forEach((instance, ring) -> {
          if (request.instance() == null || request.instance().equals(instance)) {
            fresh.add(new Cursor(instance, ring, sinceMicros));
          }
        });
    return fresh;
  }

  @Override
  public Optional<List<LogLine>> next(Duration patience) throws InterruptedException {
    if (gone) {
      return Optional.empty();
    }
    long seen = store.changes();
    List<LogLine> lines = batch();
    if (lines.isEmpty() && request.follow()) {
      store.awaitChange(seen, patience);
      lines = batch();
      gone = lines.isEmpty() && cursors.isEmpty();
    }
    return lines.isEmpty() && !request.follow() ? Optional.empty() : Optional.of(lines);
  }

  private List<LogLine> batch() {
    for (Cursor cursor : newCursors()) {
      cursors.putIfAbsent(cursor.instance, cursor);
    }
    cursors.keySet().retainAll(store.rings(request.namespace(), request.name()).keySet());
    List<LogLine> lines = new ArrayList<>();
    Cursor next;
    while (lines.size() < BATCH && (next = oldest()) != null) {
      Ring.Line line = next.pop();
      if (toSkip > 0) {
        toSkip--;
      } else {
        lines.add(
            new LogLine(
                request.name(),
                request.namespace(),
                next.instance,
                Instant.EPOCH.plus(line.micros(), ChronoUnit.MICROS),
                line.text()));
      }
    }
    return lines;
  }

  private @Nullable Cursor oldest() {
    Cursor oldest = null;
    long least = Long.MAX_VALUE;
    for (Cursor cursor : cursors.values()) {
      Ring.Line head = cursor.head();
      if (head != null && head.micros() < least) {
        oldest = cursor;
        least = head.micros();
      }
    }
    return oldest;
  }

  @Override
  public void close() {}

  /** A place in one ring. */
  private static final class Cursor {
    final String instance;
    private final Ring ring;
    private final long sinceMicros;
    private final Deque<Ring.Line> lines = new ArrayDeque<>();
    private long place;

    Cursor(String instance, Ring ring, long sinceMicros) {
      this.instance = instance;
      this.ring = ring;
      this.sinceMicros = sinceMicros;
    }

    Ring.@Nullable Line head() {
      while (lines.isEmpty()) {
        if (!readMore()) {
          return null;
        }
      }
      return lines.peekFirst();
    }

    private boolean readMore() {
      try {
        Ring.Chunk chunk = ring.read(place);
        boolean more = chunk.next() > place;
        place = chunk.next();
        chunk.lines().stream().filter(l -> l.micros() >= sinceMicros).forEach(lines::addLast);
        return more;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Ring.Line pop() {
      return lines.removeFirst();
    }
  }
}
