package lmnop.controlplane.backup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import lmnop.operations.database.OwnerSession;
import org.jspecify.annotations.Nullable;

/** The tables of the schema that are kept, as PostgreSQL's own catalogue knows them. */
final class Tables {
  /**
   * What is not kept: what others write of the machines that they are on, and what is worth nothing
   * on another one. Whatever is not named here is in a backup.
   */
  private static final Set<String> PASSING =
      Set.of(
          "flyway_schema_history",
          "routers",
          "providers",
          "workloads",
          "endpoints",
          "provider_lease",
          "scalings",
          "scaling_idle",
          "change_counter",
          "change_log",
          "delivered_secrets",
          "function_usage",
          "usage_reader",
          "sessions",
          "sign_ins",
          "answered_requests");

  private final OwnerSession session;

  Tables(OwnerSession session) {
    this.session = session;
  }

  /** The tables that are kept with their columns, each after those that it refers to. */
  Map<String, List<String>> kept() throws IOException {
    Map<String, List<String>> columns = new TreeMap<>();
    for (List<@Nullable String> row :
        session.rows(
            """
            SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'lmnop'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            ORDER BY c.relname, a.attnum
            """)) {
      String table = String.valueOf(row.get(0));
      if (!PASSING.contains(table)) {
        columns.computeIfAbsent(table, key -> new ArrayList<>()).add(String.valueOf(row.get(1)));
      }
    }
    Map<String, List<String>> ordered = new LinkedHashMap<>();
    Map<String, Set<String>> references = references();
    Set<String> visited = new HashSet<>();
    columns.keySet().forEach(table -> add(table, columns, references, visited, ordered));
    return ordered;
  }

  private Map<String, Set<String>> references() throws IOException {
    Map<String, Set<String>> references = new HashMap<>();
    for (List<@Nullable String> row :
        session.rows(
            """
            SELECT t.relname, r.relname FROM pg_constraint k
            JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
            WHERE k.contype = 'f' AND k.connamespace = 'lmnop'::regnamespace
            """)) {
      references
          .computeIfAbsent(String.valueOf(row.get(0)), key -> new HashSet<>())
          .add(String.valueOf(row.get(1)));
    }
    return references;
  }

  private static void add(
      String table,
      Map<String, List<String>> columns,
      Map<String, Set<String>> references,
      Set<String> visited,
      Map<String, List<String>> ordered) {
    List<String> own = columns.get(table);
    if (own == null || !visited.add(table)) {
      return;
    }
    for (String other : references.getOrDefault(table, Set.of())) {
      add(other, columns, references, visited, ordered);
    }
    ordered.put(table, own);
  }

  /** The numbers of the migrations that made the schema what it is. */
  List<String> schema() throws IOException {
    return session.column(
        """
        SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL
        ORDER BY version::numeric
        """);
  }

  /** The names of the master keys that secrets need. */
  List<String> masterKeys() throws IOException {
    return session.column("SELECT DISTINCT master_key FROM secrets ORDER BY 1");
  }

  long changeNumber() throws IOException {
    return Long.parseLong(session.column("SELECT number FROM change_counter").getFirst());
  }

  /** Where each sequence is. */
  Map<String, Long> sequences() throws IOException {
    Map<String, Long> sequences = new TreeMap<>();
    for (String name :
        session.column("SELECT sequencename FROM pg_sequences WHERE schemaname = 'lmnop'")) {
      String next =
          "SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM " + quoted(name);
      sequences.put(name, Long.parseLong(session.column(next).getFirst()));
    }
    return sequences;
  }

  /** The columns of a table, as COPY fills them. */
  static String columns(String table, List<String> columns) {
    return "%s (%s)".formatted(quoted(table), list(columns));
  }

  /** The rows of a table, as COPY takes them also from one in several parts. */
  static String rows(String table, List<String> columns) {
    return "(SELECT %s FROM %s)".formatted(list(columns), quoted(table));
  }

  private static String list(List<String> columns) {
    return String.join(", ", columns.stream().map(Tables::quoted).toList());
  }

  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
