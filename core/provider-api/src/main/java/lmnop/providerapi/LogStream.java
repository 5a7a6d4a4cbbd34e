package lmnop.providerapi;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The lines of {@code /system/logs} as they come.
 *
 * <p>A gateway cuts a stream that follows after its write timeout. Then this connects again from
 * the last line's time, and drops the lines of that time that it gave already.
 */
final class LogStream extends Spliterators.AbstractSpliterator<LogLine> implements AutoCloseable {
  /** A stream that ends sooner and without a line was ended on purpose. */
  private static final Duration CUT_OFF = Duration.ofSeconds(1);

  private final ProviderHttp http;
  private final LogRequest request;

  /** The lines given with the newest time. */
  private final List<LogLine> atLast = new ArrayList<>();

  /** Those of them that this connection has not given once more yet. */
  private final List<LogLine> repeated = new ArrayList<>();

  private volatile Connection connection;
  private @Nullable Instant last;
  private @Nullable Instant resumedAt;
  private long connectedAt = System.nanoTime();
  private boolean gaveLine;
  private volatile boolean closed;

  /** The body is what another thread closes: the reader's lock is held while a line is awaited. */
  private record Connection(InputStream body, BufferedReader lines) {}

  private LogStream(ProviderHttp http, LogRequest request, Connection connection) {
    super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    this.http = http;
    this.request = request;
    this.connection = connection;
  }

  static Stream<LogLine> open(ProviderHttp http, LogRequest request) {
    LogStream stream =
        new LogStream(http, request, connect(http, request, request.tail(), request.since()));
    return StreamSupport.stream(stream, false).onClose(stream::close);
  }

  private static Connection connect(
      ProviderHttp http, LogRequest request, int tail, @Nullable Instant since) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("name", request.name());
    query.put("namespace", request.namespace());
    query.put("tail", Integer.toString(tail <= 0 ? -1 : tail));
    query.put("follow", Boolean.toString(request.follow()));
    if (request.instance() != null) {
      query.put("instance", request.instance());
    }
    if (since != null) {
      query.put("since", since.toString());
    }
    HttpResponse<InputStream> response = http.open("/system/logs", query);
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    if (response.statusCode() != 200) {
      throw ProviderHttp.refused(
          "read the logs of '" + request.name() + "'", response.statusCode(), words(reader));
    }
    return new Connection(response.body(), reader);
  }

  private static String words(BufferedReader reader) {
    try (reader) {
      return reader.lines().limit(20).collect(Collectors.joining("\n"));
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public boolean tryAdvance(Consumer<? super LogLine> action) {
    while (!closed) {
      String text = readLine();
      if (text == null) {
        if (!request.follow() || !connectAgain()) {
          return false;
        }
      } else if (!text.isBlank()) {
        LogLine line = parse(text);
        if (!isRepeated(line)) {
          remember(line);
          action.accept(line);
          return true;
        }
      }
    }
    return false;
  }

  private @Nullable String readLine() {
    try {
      return connection.lines().readLine();
    } catch (IOException e) {
      return null; // cut off: the same as an end
    }
  }

  private boolean connectAgain() {
    if (closed || (!gaveLine && System.nanoTime() - connectedAt < CUT_OFF.toNanos())) {
      return false;
    }
    closeBody();
    resumedAt = last;
    try {
      connection =
          last == null
              ? connect(http, request, request.tail(), request.since())
              : connect(http, request, -1, last);
    } catch (ProviderException e) {
      if (e.status() == 404 || e.status() == 501) {
        return false; // the workload is gone, and with it its log
      }
      throw e;
    }
    connectedAt = System.nanoTime();
    gaveLine = false;
    repeated.clear();
    repeated.addAll(atLast);
    return !closed;
  }

  private boolean isRepeated(LogLine line) {
    return (resumedAt != null && line.timestamp().isBefore(resumedAt)) || repeated.remove(line);
  }

  private void remember(LogLine line) {
    if (last == null || line.timestamp().isAfter(last)) {
      last = line.timestamp();
      atLast.clear();
    }
    if (line.timestamp().equals(last)) {
      atLast.add(line);
    }
    gaveLine = true;
  }

  private LogLine parse(String text) {
    try {
      return Wire.read(text, LogLine.class);
    } catch (IllegalArgumentException e) {
      throw ProviderHttp.refused(
          "read the logs of '" + request.name() + "'", 200, "a line is not JSON: " + text);
    }
  }

  private void closeBody() {
    try {
      connection.body().close();
    } catch (IOException e) {
      // What is closed with an error is closed.
    }
  }

  /** May be called by another thread, to end a stream that follows. */
  @Override
  public void close() {
    closed = true;
    closeBody();
  }
}
