package lmnop.controlplane.backup;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.database.OwnerSession;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The rows of a backup, on their way back into the tables, in one transaction. */
final class RestoredTables {
  static final String NOT_EMPTY =
      "This platform %s: a backup is restored into an empty one, as it is after its first start.";

  private static final String ACTION = "platform.restored";

  private final OwnerSession session;
  private final Manifest manifest;
  private boolean begun;
  private OwnerSession.@Nullable Filling filling;
  private @Nullable ByteArrayOutputStream sequences;
  private long rows;

  RestoredTables(OwnerSession session, Manifest manifest) {
    this.session = session;
    this.manifest = manifest;
  }

  /** Whether this very backup was restored here. */
  boolean areThere() throws IOException {
    return !session
        .rows("SELECT FROM audit WHERE action = ? AND subject = ?", ACTION, manifest.id())
        .isEmpty();
  }

  /** What a platform has from its first start on does not count. */
  void checkEmpty() throws IOException {
    for (List<@Nullable String> row :
        session.rows(
            """
            SELECT 'has functions' WHERE EXISTS (SELECT FROM functions)
            UNION ALL SELECT 'has repositories' WHERE EXISTS (SELECT FROM repositories)
            UNION ALL SELECT 'has secrets' WHERE EXISTS (SELECT FROM secrets)
            UNION ALL SELECT 'has accounts beside admin'
              WHERE EXISTS (SELECT FROM accounts WHERE name <> 'admin')
            UNION ALL SELECT 'has owners beside default'
              WHERE EXISTS (SELECT FROM owners WHERE name <> 'default')
            """)) {
      throw new Refused(NOT_EMPTY.formatted(row.getFirst()));
    }
  }

  void begin(String section) throws IOException {
    if (section.equals(Manifest.SEQUENCES)) {
      sequences = new ByteArrayOutputStream();
    } else if (section.startsWith(Manifest.TABLES)) {
      if (!begun) {
        clear();
        begun = true;
      }
      String table = section.substring(Manifest.TABLES.length());
      List<String> columns =
          Objects.requireNonNull(
              manifest.tables().get(table), "a table that is not in the manifest");
      filling = session.copyIn("COPY " + Tables.columns(table, columns) + " FROM STDIN");
    }
  }

  /** From here on nobody else writes, and readers see what was there until the commit. */
  private void clear() throws IOException {
    session.begin();
    List<String> tables = new ArrayList<>(manifest.tables().keySet());
    session.change(
        "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE"
            .formatted(String.join(", ", tables.stream().map(Tables::quoted).toList())));
    checkEmpty();
    Collections.reverse(tables);
    for (String table : tables) {
      session.change("ALTER TABLE " + Tables.quoted(table) + " DISABLE TRIGGER USER");
      session.change("DELETE FROM " + Tables.quoted(table));
    }
  }

  void write(byte[] content) throws IOException {
    if (filling != null) {
      try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(content))) {
        filling.write(unpacked.readNBytes(BackupWriter.PIECE));
      }
    } else if (sequences != null) {
      sequences.writeBytes(content);
    }
  }

  void end() throws IOException {
    if (filling != null) {
      rows += filling.end();
      filling = null;
    } else if (sequences != null) {
      Map<String, Long> next =
          JsonMapper.shared()
              .readValue(sequences.toByteArray(), new TypeReference<Map<String, Long>>() {});
      for (Map.Entry<String, Long> sequence : next.entrySet()) {
        session.rows(
            "SELECT setval(?::regclass, ?, false)",
            "lmnop." + Tables.quoted(sequence.getKey()),
            sequence.getValue());
      }
      sequences = null;
    }
  }

  /**
   * Makes all of it true. What was running runs anew, what had traffic is started by the control
   * plane, and routers read everything, because numbers of changes mean something else now.
   */
  void commit() throws IOException {
    for (String table : manifest.tables().keySet()) {
      session.change("ALTER TABLE " + Tables.quoted(table) + " ENABLE TRIGGER USER");
    }
    session.change(
        "UPDATE tasks SET lease_until = now() - interval '1 minute' WHERE state = 'RUNNING'");
    session.rows(
        """
        SELECT submit_task('reinstate', 'function ' || t.function_id,
          jsonb_build_object('functionId', t.function_id, 'owner', o.name), '0 seconds', 1000)
        FROM (SELECT DISTINCT function_id FROM traffic) t
          JOIN functions f ON f.id = t.function_id JOIN owners o ON o.id = f.owner_id
        """);
    session.change(
        """
        INSERT INTO audit (actor, action, subject, outcome, detail)
        VALUES ('operator', ?, ?, 'done', jsonb_build_object('madeAt', ?::text))
        """,
        ACTION,
        manifest.id(),
        manifest.madeAt());
    session.change(
        "UPDATE change_counter SET history = gen_random_uuid(), number = greatest(number, ?)",
        manifest.changeNumber());
    session.commit();
  }

  long rows() {
    return rows;
  }
}
