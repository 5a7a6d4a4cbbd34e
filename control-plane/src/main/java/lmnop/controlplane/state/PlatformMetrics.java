package lmnop.controlplane.state;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.operations.lifecycle.Pace;

/**
 * Numbers about the whole platform, as the database has them: every control plane says the same.
 * They are counted at most once in a while, however many ask, and while the database is away there
 * are none but the one that says so.
 */
public final class PlatformMetrics {
  private static final Duration WHILE = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /** Each gives a label's value, or none, and a number. */
  private static final List<Measure> MEASURES =
      List.of(
          new Measure(
              "lmnop_builds_unfinished",
              "state",
              "Builds that wait, are built or released.",
              """
              SELECT s AS label, (SELECT count(*) FROM builds b WHERE b.state = s
                AND b.state IN ('WAITING', 'BUILDING', 'RELEASING'))::double precision AS number
              FROM unnest(ARRAY['WAITING', 'BUILDING', 'RELEASING']) AS s
              """),
          new Measure(
              "lmnop_builds_oldest_seconds",
              "state",
              "How long ago the oldest of them was pushed; 0 without any.",
              """
              SELECT s AS label, coalesce((SELECT extract(epoch FROM now() - min(created_at)) FROM builds b
                WHERE b.state = s AND b.state IN ('WAITING', 'BUILDING', 'RELEASING')), 0)::double precision AS number
              FROM unnest(ARRAY['WAITING', 'BUILDING', 'RELEASING']) AS s
              """),
          new Measure(
              "lmnop_builds_ended",
              "outcome",
              "Builds that ended, of functions that are there: live, failed by whose fault, superseded, cancelled.",
              """
              SELECT lower(state) || coalesce('_' || fault, '') AS label, count(*)::double precision AS number
              FROM builds WHERE state NOT IN ('WAITING', 'BUILDING', 'RELEASING') GROUP BY 1 ORDER BY 1
              """),
          new Measure(
              "lmnop_releases",
              "outcome",
              "Releases of functions that are there, by how they ended, or that they have not.",
              """
              SELECT CASE WHEN state IN ('DONE', 'FAILED') THEN lower(state) || coalesce('_' || fault, '')
                ELSE 'unfinished' END AS label, count(*)::double precision AS number
              FROM releases GROUP BY 1 ORDER BY 1
              """),
          new Measure(
              "lmnop_tasks_waiting",
              "kind",
              "Tasks that nobody has taken yet.",
              """
              SELECT kind AS label, count(*)::double precision AS number
              FROM tasks WHERE state = 'WAITING' GROUP BY 1 ORDER BY 1
              """),
          new Measure(
              "lmnop_tasks_running",
              "kind",
              "Tasks that somebody works on.",
              """
              SELECT kind AS label, count(*)::double precision AS number
              FROM tasks WHERE state = 'RUNNING' GROUP BY 1 ORDER BY 1
              """),
          new Measure(
              "lmnop_tasks_overdue_seconds",
              "kind",
              "For how long the oldest of those that wait has been due.",
              """
              SELECT kind AS label, greatest(0, extract(epoch FROM now() - min(due_at)))::double precision AS number
              FROM tasks WHERE state = 'WAITING' GROUP BY 1 ORDER BY 1
              """),
          new Measure(
              "lmnop_sessions",
              "",
              "Sessions of the portal that have not been signed out; those that are over go by and by.",
              "SELECT '' AS label, count(*)::double precision AS number FROM sessions"),
          new Measure(
              "lmnop_functions",
              "",
              "Functions of all owners.",
              "SELECT '' AS label, count(*)::double precision AS number FROM functions"),
          new Measure(
              "lmnop_routers_live",
              "",
              "Routers that were heard of within a minute.",
              """
              SELECT '' AS label, count(*)::double precision AS number
              FROM routers WHERE seen_at > now() - interval '60 seconds'
              """),
          new Measure(
              "lmnop_provider_silent_seconds",
              "provider",
              "How long ago each provider was heard of.",
              """
              SELECT id AS label, greatest(0, extract(epoch FROM now() - heartbeat))::double precision AS number
              FROM providers ORDER BY 1
              """));

  private record Measure(String name, String label, String help, String sql) {}

  private final Database database;
  private final Pace pace;
  private String counted = "";
  private Duration countedAt = Duration.ZERO;

  public PlatformMetrics(Database database, Pace pace) {
    this.database = database;
    this.pace = pace;
  }

  /** All of them in Prometheus' text format. */
  public synchronized String lines() {
    if (counted.isEmpty() || pace.elapsed().minus(countedAt).compareTo(WHILE) > 0) {
      counted = count();
      countedAt = pace.elapsed();
    }
    return counted;
  }

  private String count() {
    StringBuilder text = new StringBuilder();
    double there = 1;
    try {
      for (Measure measure : MEASURES) {
        append(text, measure, numbers(measure));
      }
    } catch (RuntimeException e) {
      text.setLength(0);
      there = 0;
    }
    append(
        text,
        new Measure("lmnop_database_answers", "", "Whether the database could be asked.", ""),
        List.of(new Counted("", there)));
    return text.toString();
  }

  private record Counted(String label, double value) {
    static Counted of(Row row) {
      return new Counted(
          Rows.need(row, "label", String.class), Rows.need(row, "number", Double.class));
    }
  }

  private List<Counted> numbers(Measure measure) {
    return Objects.requireNonNull(
        database.all(measure.sql(), Map.of(), Counted::of).collectList().block(ANSWER));
  }

  private static void append(StringBuilder text, Measure measure, List<Counted> numbers) {
    text.append(
        "# HELP %s %s%n# TYPE %s gauge%n"
            .formatted(measure.name(), measure.help(), measure.name()));
    for (Counted number : numbers) {
      String label =
          measure.label().isEmpty()
              ? ""
              : "{%s=\"%s\"}".formatted(measure.label(), escaped(number.label()));
      text.append(measure.name()).append(label).append(' ').append(number.value()).append('\n');
    }
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
