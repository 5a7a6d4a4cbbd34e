package lmnop.provider.openfaas;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lmnop.operations.credentials.Scrubber;
import lmnop.provider.api.LogReader;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A function's log as the gateway gives it, under the workload's name and without secrets. Gateways
 * differ in what of a request they heed, so all of it is seen to here once more.
 */
final class GatewayLogs implements LogReader {
  private static final Logger log = LoggerFactory.getLogger(GatewayLogs.class);
  private static final int WAITING = 1_000; // lines that were read and not taken yet
  private static final int BATCH = 500;

  private final LogRequest request;
  private final Stream<LogLine> lines;
  private final Scrubber scrubber;
  private final BlockingQueue<LogLine> waiting = new LinkedBlockingQueue<>(WAITING);
  private final Thread reading;
  private volatile boolean over;

  GatewayLogs(LogRequest request, Stream<LogLine> lines, List<byte[]> secrets) {
    this.request = request;
    this.lines = lines;
    this.scrubber = new Scrubber(secrets);
    this.reading = Thread.ofVirtual().name("log-" + request.name()).start(this::read);
  }

  private void read() {
    try {
      Iterator<LogLine> wanted = lines.filter(this::isWanted).iterator();
      if (request.follow() || request.tail() <= 0) {
        while (wanted.hasNext()) {
          waiting.put(named(wanted.next()));
        }
      } else {
        for (LogLine line : last(wanted)) {
          waiting.put(named(line));
        }
      }
    } catch (ProviderException e) {
      log.info("the log of {} ends: {}", request.name(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      over = true;
    }
  }

  private Deque<LogLine> last(Iterator<LogLine> wanted) {
    Deque<LogLine> last = new ArrayDeque<>();
    while (wanted.hasNext()) {
      last.addLast(wanted.next());
      if (last.size() > request.tail()) {
        last.removeFirst();
      }
    }
    return last;
  }

  private boolean isWanted(LogLine line) {
    boolean ofInstance =
        request.instance() == null || Objects.equals(request.instance(), line.instance());
    return ofInstance && (request.since() == null || !line.timestamp().isBefore(request.since()));
  }

  private LogLine named(LogLine line) {
    String clean = scrubber.scrub(List.of(line.text())).getFirst();
    return new LogLine(
        request.name(), request.namespace(), line.instance(), line.timestamp(), clean);
  }

  @Override
  public Optional<List<LogLine>> next(Duration patience) throws InterruptedException {
    List<LogLine> batch = new ArrayList<>();
    long deadline = System.nanoTime() + patience.toNanos();
    while (batch.isEmpty()) {
      boolean last = over; // asked first: what came before it is over is in the queue then
      waiting.drainTo(batch, BATCH);
      if (batch.isEmpty()) {
        if (last) {
          return Optional.empty();
        }
        if (System.nanoTime() - deadline >= 0) {
          break;
        }
        LogLine line = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (line != null) {
          batch.add(line);
        }
      }
    }
    return Optional.of(batch);
  }

  @Override
  public void close() {
    lines.close();
    reading.interrupt();
  }
}
