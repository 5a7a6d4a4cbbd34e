package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The SQL of the secrets of releases. */
final class ReleaseSecrets {
  private final Database database;

  ReleaseSecrets(Database database) {
    this.database = database;
  }

  /**
   * The secrets of a preview.
   *
   * @param withheld those that the function reads and the preview does not
   * @param forbidden those that the preview asks for and what serves does not allow
   */
  record OfPreview(List<String> withheld, List<String> forbidden) {}

  /** What a preview may read is said by what serves, so that a branch cannot allow it itself. */
  Mono<OfPreview> ofPreview(long build, long function) {
    return database.one(
        """
        SELECT
          ARRAY(SELECT jsonb_array_elements_text(b.own_spec -> 'secrets')
                EXCEPT SELECT jsonb_array_elements_text(b.spec -> 'secrets') ORDER BY 1) AS withheld,
          ARRAY(SELECT jsonb_array_elements_text(b.spec -> 'secrets')
                EXCEPT SELECT jsonb_array_elements_text(v.spec #> '{preview,secrets}')
                FROM traffic t JOIN revisions v ON v.id = t.revision_id
                WHERE t.function_id = b.function_id AND t.weight > 0
                  AND jsonb_typeof(v.spec #> '{preview,secrets}') = 'array'
                ORDER BY 1) AS forbidden
        FROM build_functions b WHERE b.build_id = :build AND b.function_id = :function
        """,
        Map.of("build", build, "function", function),
        row ->
            new OfPreview(
                List.of(need(row, "withheld", String[].class)),
                List.of(need(row, "forbidden", String[].class))));
  }

  /**
   * Notes which values a workload is deployed with, the first time: that is what the provider keeps
   * for it. And that they are at the provider; who removes some there holds their rows meanwhile.
   */
  Mono<Void> note(Release release, Release.Part part, List<SecretValues.Value> values) {
    Mono<Long> noted =
        database.change(
            """
            UPDATE release_functions p SET secrets = coalesce(
              (SELECT q.secrets FROM release_functions q
               WHERE q.namespace = p.namespace AND q.workload = p.workload
                 AND q.secrets IS NOT NULL LIMIT 1),
              CAST(:versions AS jsonb))
            WHERE p.release_id = :release AND p.function_id = :function
            """,
            Map.of(
                "release", release.id(),
                "function", part.functionId(),
                "versions", versions(values)));
    return database.inTransaction(noted.then(delivered(part, values))).then();
  }

  /** Notes the values of a workload that a provider gets who knows nothing of it. */
  Mono<Void> noteAnew(Release.Part part, List<SecretValues.Value> values) {
    Mono<Long> noted =
        database.change(
            """
            UPDATE release_functions SET secrets = CAST(:versions AS jsonb)
            WHERE namespace = :namespace AND workload = :workload
            """,
            Map.of(
                "namespace", part.namespace(),
                "workload", part.workload(),
                "versions", versions(values)));
    return database.inTransaction(noted.then(delivered(part, values))).then();
  }

  private static String versions(List<SecretValues.Value> values) {
    Map<String, long[]> versions = new TreeMap<>();
    values.forEach(value -> versions.put(value.name(), new long[] {value.id(), value.version()}));
    return JsonMapper.shared().writeValueAsString(versions);
  }

  private Mono<Long> delivered(Release.Part part, List<SecretValues.Value> values) {
    return database.change(
        """
        INSERT INTO delivered_secrets (namespace, name)
        SELECT :namespace, name FROM unnest(:names) AS name ORDER BY name
        ON CONFLICT (namespace, name) DO UPDATE SET name = excluded.name
        """,
        Map.of(
            "namespace", part.namespace(),
            "names", values.stream().map(SecretValues.Value::name).toArray(String[]::new)));
  }
}
