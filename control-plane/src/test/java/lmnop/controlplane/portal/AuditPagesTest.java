package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.audit.AuditRecords;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who did what, from where, and that nobody changes it afterwards. */
@SuppressWarnings("NullAway.Init")
final class AuditPagesTest {
  private static TestPortal it;
  private static AuditRecords records;
  private static Browser root;

  @BeforeAll
  static void start() {
    it = new TestPortal();
    records = new AuditRecords(it.database);
    root = it.browser("root");
  }

  @AfterAll
  static void stop() {
    it.close();
  }

  @Test
  void aRowSaysWhoDidWhatFromWhereAndWhatItWasBefore() {
    Browser boss = it.browser("boss").with("X-Forwarded-For", "203.0.113.9");
    boss.post("/owners/team/members", Map.of("name", "stranger", "role", "viewer"));
    boss.post("/owners/team/members", Map.of("name", "stranger", "role", "developer"));
    assertThat(
            it.one(
                "SELECT actor || ' ' || way || ' ' || client || ' ' || (detail->>'before') || ' '"
                    + " || (detail->>'after') FROM audit WHERE action = 'member.developer'"
                    + " AND subject = 'team/stranger' ORDER BY id DESC LIMIT 1"))
        .isEqualTo("boss portal 203.0.113.9 viewer developer");
    assertThat(it.one("SELECT way || client FROM audit WHERE subject = 'boss' LIMIT 1"))
        .as("what no request asked for")
        .isEqualTo("platform");
    boss.post("/owners/team/members/remove", Map.of("name", "stranger", "typed", "stranger"));
  }

  @Test
  void administratorsSeeEverythingOwnersWhatIsTheirsOthersNothing() {
    it.postgres.execute(
        """
        INSERT INTO lmnop.audit (actor, action, subject, outcome, client, detail) VALUES
          ('dev', 'release', 'team/hello', 'failed', '<b>', '{"x": "<script>"}'),
          ('eve', 'release', 'teamster/hello', 'done', '', '{}');
        """);
    assertThat(root.get("/audit").body())
        .contains("team/hello", "teamster/hello", "&lt;script&gt;", "&lt;b&gt;")
        .doesNotContain("<script>", "<b>");
    assertThat(it.browser("boss").get("/audit?action=release").body())
        .contains("team/hello")
        .doesNotContain("teamster");
    for (String user : List.of("dev", "viewer", "stranger")) {
      assertThat(it.browser(user).get("/audit").body()).as(user).doesNotContain("/hello");
      assertThat(it.browser(user).get("/audit.csv").body()).as(user).doesNotContain("/hello");
    }
    assertThat(root.get("/audit?actor=eve").body()).contains("teamster").doesNotContain("team/h");
    assertThat(root.get("/audit?subject=team&since=2020-01-01&until=2020-12-31").body())
        .contains("There is nothing like that");
    assertThat(root.get("/audit?since=x").statusCode()).isEqualTo(400);
    assertThat(root.get("/audit?actor=%27%00%25").statusCode()).isEqualTo(200);
  }

  @Test
  void exportsHaveAllOfItAndNoFormula() {
    it.postgres.execute(
        """
        INSERT INTO lmnop.audit (actor, action, subject, outcome, client, detail)
          SELECT '=cmd()', 'many', 'x/' || n, 'done', 'a,"b', '{"n": 1}'
          FROM generate_series(1, 2500) AS n;
        """);
    HttpResponse<String> csv = root.get("/audit.csv?action=many");
    assertThat(csv.headers().firstValue("Content-Disposition").orElse("")).contains("audit.csv");
    assertThat(csv.body().lines()).hasSize(2501);
    assertThat(csv.body()).contains(",'=cmd(),many,x/2500,done,platform,\"a,\"\"b\",");
    assertThat(root.get("/audit.jsonl?action=many").body().lines())
        .hasSize(2500)
        .allMatch(line -> line.contains("\"detail\":{\"n\":1}"));
    String page = root.get("/audit?action=many").body();
    assertThat(page).contains("x/2500<", "x/2401<", "Older").doesNotContain("x/2400<");
  }

  @Test
  void nobodyChangesRowsAndOnlyOldMonthsGo() {
    String month = it.one("SELECT tableoid::regclass::text FROM audit LIMIT 1");
    for (String table : List.of("audit", month)) {
      for (String statement :
          List.of("UPDATE %s SET actor = 'x'", "DELETE FROM %s", "TRUNCATE %s", "DROP TABLE %s")) {
        assertThatThrownBy(() -> it.database.change(statement.formatted(table), Map.of()).block())
            .as(statement, table)
            .rootCause()
            .hasMessageMatching("permission denied for table .*|must be owner of table .*");
      }
    }
    it.postgres.execute(
        """
        SET search_path = lmnop;
        SELECT make_audit_months('2024-11-15');
        INSERT INTO audit (at, actor, action, subject, outcome) VALUES
          ('2024-11-20', 'old', 'x', 'x', 'done');
        """);
    assertThat(records.sweep(Duration.ofDays(400)).block()).isPositive();
    assertThat(it.one("SELECT count(*)::text FROM audit WHERE actor = 'old'")).isEqualTo("0");
    long rows = Long.parseLong(it.one("SELECT count(*)::text FROM audit"));
    assertThat(records.sweep(Duration.ZERO).block()).isNotNegative();
    assertThat(it.one("SELECT count(*)::text FROM audit")).isEqualTo(String.valueOf(rows));
  }
}
