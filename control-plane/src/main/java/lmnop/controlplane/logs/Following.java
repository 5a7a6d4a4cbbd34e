package lmnop.controlplane.logs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.ProviderException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * The lines of a function as they are printed, of each workload by a thread of its own: of those
 * that come into being meanwhile too, and after a provider that was away.
 */
final class Following implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Following.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final int AHEAD = 1_000; // lines that nobody took yet

  private final FunctionLogs logs;
  private final WantedLines wanted;
  private final Places places;
  private final BlockingQueue<PrintedLine> lines = new ArrayBlockingQueue<>(AHEAD);
  private final Map<Source, Reader> readers = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("function-log-", 0).factory());

  Following(FunctionLogs logs, WantedLines wanted, Places places) {
    this.logs = logs;
    this.wanted = wanted;
    this.places = places;
  }

  /** Hands on lines until the sink fails or the thread is interrupted. */
  void to(LineSink sink) throws IOException, InterruptedException {
    long nextLook = System.nanoTime();
    while (true) {
      long now = System.nanoTime();
      if (now - nextLook >= 0) {
        look();
        sink.nothing();
        nextLook = now + LOOK.toNanos();
      }
      PrintedLine line = lines.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      if (line != null) {
        sink.line(line);
      }
    }
  }

  /** Reads every workload that there is, and no other; a database that is away changes nothing. */
  private void look() {
    List<Source> sources;
    try {
      sources = logs.sources(wanted);
    } catch (DataAccessException | IllegalStateException e) {
      log.warn("the workloads of {} are looked up in a moment: {}", wanted, e.toString());
      return;
    }
    for (Source source : sources) {
      readers.computeIfAbsent(
          source,
          added -> {
            Reader reader = new Reader(added);
            threads.execute(reader);
            return reader;
          });
    }
    readers.forEach((source, reader) -> {
      if (!sources.contains(source)) {
        reader.close();
        readers.remove(source);
      }
    });
  }

  /** Reads one workload, again and again from where it was. */
  private final class Reader implements Runnable, AutoCloseable {
    private final Source source;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Stream<LogLine> open;

    Reader(Source source) {
      this.source = source;
    }

    @Override
    public void run() {
      try {
        do {
          readOn();
        } while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // all of it ends
      }
    }

    /** Until the stream ends: the provider stops, starts anew, or the workload is gone. */
    private void readOn() throws InterruptedException {
      List<LogLine> repeated = places.repeated(source);
      try (Stream<LogLine> stream = logs.open(places.request(source, wanted, 0, true))) {
        open = stream;
        if (closed.getCount() == 0) {
          return;
        }
        Iterator<LogLine> each = stream.iterator();
        while (each.hasNext()) {
          LogLine line = each.next();
          if (repeated.remove(line)) {
            continue;
          }
          places.passed(source, line);
          PrintedLine printed = source.printed(line);
          if (wanted.fits(printed)) {
            lines.put(printed);
          }
        }
      } catch (ProviderException | UncheckedIOException | IllegalStateException e) {
        // the last is of a stream that was closed before it was begun, by a reader who left at once
        log.debug("the lines of {} are read on in a moment: {}", source, e.toString());
      }
    }

    @Override
    public void close() {
      closed.countDown();
      Stream<LogLine> stream = open;
      if (stream != null) {
        stream.close();
      }
    }
  }

  @Override
  public void close() {
    readers.values().forEach(Reader::close);
    threads.shutdownNow();
  }
}
