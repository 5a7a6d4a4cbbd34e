package lmnop.controlplane.audit;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Reads the audit, and lets its oldest months go. */
public final class AuditRecords {
  private static final int BATCH = 1_000; // rows of an export that are read at once
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;

  public AuditRecords(Database database) {
    this.database = database;
  }

  /**
   * A row.
   *
   * @param subject {@code owner/name}, or a name
   * @param outcome done or failed
   * @param way portal, api, git, command or platform
   * @param client the address of whoever asked; empty if nobody did
   * @param detail JSON; {@code before} and {@code after} in it say what changed into what
   */
  public record Entry(
      long id,
      Instant at,
      String actor,
      String action,
      String subject,
      String outcome,
      String way,
      String client,
      String detail) {
    /** What programs are told of it, by its names there. */
    public Map<String, Object> members() {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("id", id);
      members.put("at", at.toString());
      members.put("actor", actor);
      members.put("action", action);
      members.put("subject", subject);
      members.put("outcome", outcome);
      members.put("way", way);
      members.put("client", client);
      members.put("detail", JsonMapper.shared().readTree(detail));
      return members;
    }

    /** When it was, as people read it. */
    public String atInWords() {
      return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** The detail as people read it; empty if there is none. */
    public String detailInWords() {
      return detail.equals("{}") ? "" : detail;
    }
  }

  /**
   * Which rows are asked for; an empty text is any.
   *
   * @param owners whose may be seen; null: everything
   * @param actor who did it
   * @param action what, or the word before its dot
   * @param subject to what, or to whose
   */
  public record Wanted(
      @Nullable List<String> owners,
      String actor,
      String action,
      String subject,
      String way,
      @Nullable Instant since,
      @Nullable Instant until) {}

  /** The rows before one of this number, the newest first. */
  public Flux<Entry> list(Wanted wanted, long before, int limit) {
    List<String> owners = wanted.owners();
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("everything", owners == null);
    values.put("owners", owners == null ? new String[0] : owners.toArray(String[]::new));
    values.put("actor", wanted.actor());
    values.put("action", wanted.action());
    values.put("subject", wanted.subject());
    values.put("way", wanted.way());
    values.put("since", text(wanted.since()));
    values.put("until", text(wanted.until()));
    values.put("before", before);
    values.put("limit", (long) limit);
    return database.all(
        """
        SELECT id, at, actor, action, subject, outcome, way, client, detail::text AS detail
        FROM audit
        WHERE (:everything OR split_part(subject, '/', 1) = ANY (:owners))
          AND (:actor = '' OR actor = :actor)
          AND (:action = '' OR action = :action OR starts_with(action, :action || '.'))
          AND (:subject = '' OR subject = :subject OR starts_with(subject, :subject || '/'))
          AND (:way = '' OR way = :way)
          AND at >= coalesce(CAST(:since AS timestamptz), '-infinity')
          AND at < coalesce(CAST(:until AS timestamptz), 'infinity')
          AND id < :before
        ORDER BY id DESC LIMIT :limit
        """,
        values,
        AuditRecords::entry);
  }

  /** What is done with each row. */
  @FunctionalInterface
  public interface Sink {
    void take(Entry entry) throws IOException;
  }

  /** All of these rows, the newest first, read a batch at a time; blocks. */
  public void each(Wanted wanted, Sink sink) throws IOException {
    long before = Long.MAX_VALUE;
    while (true) {
      List<Entry> batch =
          Objects.requireNonNull(list(wanted, before, BATCH).collectList().block(ANSWER));
      for (Entry entry : batch) {
        sink.take(entry);
        before = entry.id();
      }
      if (batch.size() < BATCH) {
        return;
      }
    }
  }

  private static Optional<String> text(@Nullable Instant moment) {
    return Optional.ofNullable(moment).map(Instant::toString);
  }

  private static Entry entry(Row row) {
    return new Entry(
        need(row, "id", Long.class),
        need(row, "at", Instant.class),
        need(row, "actor", String.class),
        need(row, "action", String.class),
        need(row, "subject", String.class),
        need(row, "outcome", String.class),
        need(row, "way", String.class),
        need(row, "client", String.class),
        need(row, "detail", String.class));
  }

  /** Makes the months to come, and removes those that ended so long ago. */
  public Mono<Integer> sweep(Duration keep) {
    return database
        .one("SELECT make_audit_months(now())", Map.of(), row -> 0)
        .then(
            database.one(
                "SELECT drop_audit_months(CAST(:keep AS interval)) AS dropped",
                Map.of("keep", keep.toSeconds() + " seconds"),
                row -> need(row, "dropped", Integer.class)));
  }
}
