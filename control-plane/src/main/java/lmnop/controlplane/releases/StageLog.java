package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The log of what goes through stages, builds or releases: numbered lines, each with its stage. */
public final class StageLog {
  /** A line that is to be added. */
  public record Line(String stage, String text) {}

  /** A line that is there. */
  public record Entry(int number, Instant at, String stage, String text) {}

  private final Database database;
  private final String lock;
  private final String insert;
  private final String read;

  private StageLog(Database database, String of) {
    this.database = database;
    this.lock = "SELECT id FROM %ss WHERE id = :id FOR UPDATE".formatted(of);
    this.insert =
        """
        INSERT INTO %1$s_log (%1$s_id, number, stage, text)
        SELECT :id, l.n + coalesce(
                 (SELECT max(number) FROM %1$s_log WHERE %1$s_id = :id), 0), l.stage, l.text
        FROM unnest(:stages, :texts) WITH ORDINALITY AS l (stage, text, n)
        """
            .formatted(of);
    this.read =
        """
        SELECT number, at, stage, text FROM %1$s_log
        WHERE %1$s_id = :id AND number > :number ORDER BY number LIMIT 1000
        """
            .formatted(of);
  }

  /** The logs of builds. */
  public static StageLog ofBuilds(Database database) {
    return new StageLog(database, "build");
  }

  /** The logs of releases that no build asked for. */
  public static StageLog ofReleases(Database database) {
    return new StageLog(database, "release");
  }

  /** Adds lines in their order; the row that they are about is the lock that keeps them gapless. */
  public Mono<Long> append(long id, List<Line> lines) {
    if (lines.isEmpty()) {
      return Mono.just(0L);
    }
    Mono<Long> inserting =
        database.change(
            insert,
            Map.of(
                "id", id,
                "stages", lines.stream().map(Line::stage).toArray(String[]::new),
                "texts", lines.stream().map(l -> storable(l.text())).toArray(String[]::new)));
    return database.inTransaction(
        database
            .one(lock, Map.of("id", id), row -> need(row, "id", Long.class))
            .flatMap(locked -> inserting));
  }

  /** The lines after a number, oldest first. */
  public Flux<Entry> after(long id, int number) {
    return database.all(
        read,
        Map.of("id", id, "number", number),
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
