package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.releases.ReleaseLog;
import lmnop.operations.database.Database;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The log of builds: numbered lines, each with its stage. */
final class BuildLog implements ReleaseLog {
  /** A line that is to be added. */
  record Line(String stage, String text) {}

  /** A line that is there. */
  record Entry(int number, Instant at, String stage, String text) {}

  private final Database database;

  BuildLog(Database database) {
    this.database = database;
  }

  /** Adds lines in their order; the build's row is the lock that keeps the numbers gapless. */
  Mono<Long> append(long build, List<Line> lines) {
    if (lines.isEmpty()) {
      return Mono.just(0L);
    }
    Mono<Long> insert =
        database.change(
            """
            INSERT INTO build_log (build_id, number, stage, text)
            SELECT :build, l.n + coalesce(
                     (SELECT max(number) FROM build_log WHERE build_id = :build), 0), l.stage, l.text
            FROM unnest(:stages, :texts) WITH ORDINALITY AS l (stage, text, n)
            """,
            Map.of(
                "build", build,
                "stages", lines.stream().map(Line::stage).toArray(String[]::new),
                "texts", lines.stream().map(l -> storable(l.text())).toArray(String[]::new)));
    return database.inTransaction(
        database
            .one(
                "SELECT id FROM builds WHERE id = :build FOR UPDATE",
                Map.of("build", build),
                row -> need(row, "id", Long.class))
            .flatMap(locked -> insert));
  }

  @Override
  public Mono<Long> append(long build, String stage, String text) {
    return append(build, List.of(new Line(stage, text)));
  }

  /** Whether the log was not removed; empty if there is no such build. */
  Mono<Boolean> isKept(long build) {
    return database.one(
        "SELECT log_kept FROM builds WHERE id = :build",
        Map.of("build", build),
        row -> need(row, "log_kept", Boolean.class));
  }

  /** The lines after a number, oldest first; at most a thousand. */
  Flux<Entry> after(long build, int number) {
    return database.all(
        """
        SELECT number, at, stage, text FROM build_log
        WHERE build_id = :build AND number > :number ORDER BY number LIMIT 1000
        """,
        Map.of("build", build, "number", number),
        row ->
            new Entry(
                need(row, "number", Integer.class),
                need(row, "at", Instant.class),
                need(row, "stage", String.class),
                need(row, "text", String.class)));
  }

  /** PostgreSQL's texts hold no NUL. */
  private static String storable(String text) {
    return text.replace("\u0000", "");
  }
}
