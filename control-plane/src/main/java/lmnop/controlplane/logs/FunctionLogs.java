package lmnop.controlplane.logs;

import static lmnop.operations.database.Rows.need;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;

/**
 * The lines of functions' instances, read from the provider. Everything here blocks.
 *
 * <p>A function has a workload for each revision that runs, also for those that drain. The provider
 * gives the lines of one workload in their order; here they become one log.
 */
public final class FunctionLogs {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private final FunctionProvider provider;

  public FunctionLogs(Database database, FunctionProvider provider) {
    this.database = database;
    this.provider = provider;
  }

  /** A line that is the next of a workload. */
  private record Head(Source source, LogLine line, Iterator<LogLine> rest) {}

  /** Gives the lines that there are, in the order of their times. */
  public void read(WantedLines wanted, LineSink out) throws IOException {
    read(wanted, new Places(), out);
  }

  /**
   * Gives the lines that there are, in the order of their times, then each as it comes: until the
   * sink fails, or the thread is interrupted.
   */
  public void follow(WantedLines wanted, LineSink out) throws IOException, InterruptedException {
    Places places = new Places();
    read(wanted, places, out);
    try (Following following = new Following(this, wanted, places)) {
      following.to(out);
    }
  }

  private void read(WantedLines wanted, Places places, LineSink out) throws IOException {
    PriorityQueue<Head> heads =
        new PriorityQueue<>(Comparator.comparing((Head head) -> head.line().timestamp()));
    Deque<PrintedLine> newest = new ArrayDeque<>();
    List<Stream<LogLine>> open = new ArrayList<>();
    try {
      for (Source source : sources(wanted)) {
        Stream<LogLine> lines =
            openIfThere(places.request(source, wanted, wanted.tailOfEach(), false));
        open.add(lines);
        add(heads, source, lines.iterator());
      }
      while (!heads.isEmpty()) {
        Head head = heads.remove();
        places.passed(head.source(), head.line());
        take(head.source().printed(head.line()), wanted, newest, out);
        add(heads, head.source(), head.rest());
      }
    } finally {
      open.forEach(Stream::close);
    }
    for (PrintedLine line : newest) {
      out.line(line);
    }
  }

  /** Hands a line on, or keeps it while it may be among the newest. */
  private static void take(
      PrintedLine line, WantedLines wanted, Deque<PrintedLine> newest, LineSink out)
      throws IOException {
    if (!wanted.fits(line)) {
      return;
    }
    if (wanted.tail() == 0) {
      out.line(line);
      return;
    }
    newest.addLast(line);
    if (newest.size() > wanted.tail()) {
      newest.removeFirst();
    }
  }

  private static void add(PriorityQueue<Head> heads, Source source, Iterator<LogLine> lines) {
    if (lines.hasNext()) {
      heads.add(new Head(source, lines.next(), lines));
    }
  }

  /** A workload that is gone, or does not run yet, has no lines. */
  private Stream<LogLine> openIfThere(LogRequest request) {
    try {
      return open(request);
    } catch (ProviderException e) {
      if (e.status() == 404) {
        return Stream.empty();
      }
      throw e;
    }
  }

  Stream<LogLine> open(LogRequest request) {
    return provider.logs(request);
  }

  /**
   * The revisions of a function whose lines there may be; refused where there is no function.
   *
   * @return their numbers, the newest first
   */
  public List<Integer> revisions(OwnerName owner, FunctionName function) {
    return sources(new WantedLines(owner, function, null, 0, null, null, "")).stream()
        .map(Source::revision)
        .distinct()
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  /** The workloads of a function whose lines are wanted; refused where there is no function. */
  List<Source> sources(WantedLines wanted) {
    Integer revision = wanted.revision();
    List<Source> sources =
        Objects.requireNonNull(
            database
                .all(
                    """
                    SELECT DISTINCT ON (p.namespace, p.workload)
                      p.namespace, p.workload, v.number, v.commit
                    FROM functions f JOIN owners o ON o.id = f.owner_id
                      JOIN release_functions p ON p.function_id = f.id
                      JOIN revisions v ON v.id = p.revision_id
                    WHERE o.name = :owner AND f.name = :function
                      AND (:revision = 0 OR v.number = :revision)
                      AND (EXISTS (SELECT FROM workloads w
                                   WHERE w.namespace = p.namespace AND w.name = p.workload)
                        OR EXISTS (SELECT FROM traffic t
                                   WHERE t.namespace = p.namespace AND t.workload = p.workload))
                    ORDER BY p.namespace, p.workload, p.release_id DESC
                    """,
                    Map.of(
                        "owner", wanted.owner().value(),
                        "function", wanted.function().value(),
                        "revision", revision == null ? 0 : revision),
                    row ->
                        new Source(
                            need(row, "namespace", String.class),
                            need(row, "workload", String.class),
                            need(row, "number", Integer.class),
                            row.get("commit", String.class)))
                .collectList()
                .block(ANSWER));
    if (sources.isEmpty()) {
      requireFunction(wanted);
    }
    return sources;
  }

  private void requireFunction(WantedLines wanted) {
    boolean there =
        database
            .one(
                """
                SELECT f.id FROM functions f JOIN owners o ON o.id = f.owner_id
                WHERE o.name = :owner AND f.name = :function
                """,
                Map.of("owner", wanted.owner().value(), "function", wanted.function().value()),
                row -> need(row, "id", Long.class))
            .blockOptional(ANSWER)
            .isPresent();
    if (!there) {
      throw new Refused(
          "%s has no function '%s': look for a typing error."
              .formatted(wanted.owner(), wanted.function()));
    }
  }
}
