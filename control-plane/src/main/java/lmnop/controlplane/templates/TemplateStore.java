package lmnop.controlplane.templates;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.archive.Digest;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of templates that operators add. */
final class TemplateStore {
  private final Database database;

  TemplateStore(Database database) {
    this.database = database;
  }

  /**
   * A template in the list.
   *
   * @param functions those with traffic whose revision it built, as {@code owner/function}
   */
  record Added(
      String name,
      List<String> aliases,
      Digest digest,
      TemplateSource source,
      @Nullable String commit,
      Instant updatedAt,
      List<String> functions) {}

  Flux<String> names() {
    return database.all(
        "SELECT name FROM templates UNION SELECT unnest(aliases) FROM templates",
        Map.of(),
        row -> need(row, "name", String.class));
  }

  Mono<NamedTemplate> named(String name) {
    return database.one(
        """
        SELECT name, digest FROM templates WHERE name = :name OR :name = ANY (aliases)
        ORDER BY name = :name DESC LIMIT 1
        """,
        Map.of("name", name),
        row -> new NamedTemplate(need(row, "name", String.class), digest(row)));
  }

  Mono<byte[]> content(String digest) {
    return database.one(
        "SELECT tar FROM template_contents WHERE digest = :digest",
        Map.of("digest", digest),
        row -> need(row, "tar", byte[].class));
  }

  Flux<Added> all() {
    return database.all(
        """
        SELECT t.*, ARRAY(
          SELECT DISTINCT o.name || '/' || f.name FROM revisions r
            JOIN traffic s ON s.revision_id = r.id JOIN functions f ON f.id = r.function_id
            JOIN owners o ON o.id = f.owner_id
          WHERE r.template = t.name ORDER BY 1) AS functions
        FROM templates t ORDER BY name
        """,
        Map.of(),
        TemplateStore::added);
  }

  /** Nobody else changes templates until the surrounding transaction ends. */
  Mono<Long> lock() {
    return database.change("LOCK TABLE templates IN SHARE ROW EXCLUSIVE MODE", Map.of());
  }

  /** Writes a template, new or not; part of the surrounding transaction. */
  Mono<Long> write(String name, TemplateSource source, ReadTemplate read) {
    String digest = read.digest().toString();
    return database
        .change(
            """
            INSERT INTO template_contents (digest, tar) VALUES (:digest, :tar)
            ON CONFLICT (digest) DO UPDATE SET used_at = now()
            """,
            Map.of("digest", digest, "tar", read.tar()))
        .then(leave(name))
        .then(
            database.change(
                """
                INSERT INTO templates (name, aliases, digest, source, ref, folder, commit)
                VALUES (:name, :aliases, :digest, :source, :ref, :folder, :commit)
                ON CONFLICT (name) DO UPDATE SET aliases = excluded.aliases,
                  digest = excluded.digest, source = excluded.source, ref = excluded.ref,
                  folder = excluded.folder, commit = excluded.commit, updated_at = now()
                """,
                Map.of(
                    "name", name,
                    "aliases", read.template().aliases().toArray(String[]::new),
                    "digest", digest,
                    "source", source.from(),
                    "ref", Optional.ofNullable(source.ref()),
                    "folder", source.folder(),
                    "commit", Optional.ofNullable(read.commit()))));
  }

  /** Removes a template; part of the surrounding transaction. */
  Mono<Long> remove(String name) {
    return leave(name)
        .then(database.change("DELETE FROM templates WHERE name = :name", Map.of("name", name)));
  }

  /** A push that was accepted a moment ago may still be for this content. */
  private Mono<Long> leave(String name) {
    return database.change(
        """
        UPDATE template_contents SET used_at = now()
        WHERE digest = (SELECT digest FROM templates WHERE name = :name)
        """,
        Map.of("name", name));
  }

  /** Removes contents that are no template's any more, and that no build waits for. */
  Mono<Long> removeUnused() {
    return database.change(
        """
        DELETE FROM template_contents c
        WHERE used_at < now() - interval '1 day'
          AND NOT EXISTS (SELECT FROM templates t WHERE t.digest = c.digest)
          AND NOT EXISTS (SELECT FROM build_functions f JOIN builds b ON b.id = f.build_id
                          WHERE f.template_digest = c.digest AND b.state IN ('WAITING', 'BUILDING'))
        """,
        Map.of());
  }

  Mono<Void> note(String actor, String action, String name, Digest digest) {
    return new Audit(database).done(actor, action, name, Map.of("digest", digest.toString()));
  }

  private static Digest digest(Row row) {
    return Digest.parse(need(row, "digest", String.class));
  }

  private static Added added(Row row) {
    return new Added(
        need(row, "name", String.class),
        List.of(need(row, "aliases", String[].class)),
        digest(row),
        new TemplateSource(
            need(row, "source", String.class),
            row.get("ref", String.class),
            need(row, "folder", String.class)),
        row.get("commit", String.class),
        need(row, "updated_at", OffsetDateTime.class).toInstant(),
        List.of(need(row, "functions", String[].class)));
  }
}
