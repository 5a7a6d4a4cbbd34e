package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicBoolean;
import lmnop.controlplane.state.HealthWatch;
import lmnop.operations.management.Checks;
import lmnop.operations.management.Checks.Finding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What people are told of the platform as a whole, and how they begin there. */
@SuppressWarnings("NullAway.Init")
final class PlatformPagesTest {
  private static TestPortal it;

  @BeforeAll
  static void start() {
    it = new TestPortal();
    it.postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO routers (id, management_address, applied_number, seen_at) VALUES
          ('router-<i>', '10.0.0.1:8082', 0, now()),
          ('router-old', '10.0.0.2:8082', 0, now() - interval '5 minutes'),
          ('router-forgotten', '10.0.0.3:8082', 0, now() - interval '5 days');
        INSERT INTO providers (id, orchestration, heartbeat) VALUES ('p1', 'lmnop-process', now());
        INSERT INTO tasks (kind, subject, payload, state, claimed_by)
          VALUES ('build', 'repository 1', '{}', 'RUNNING', 'worker-7');
        """);
  }

  @AfterAll
  static void stop() {
    it.close();
  }

  @Test
  void everybodyIsToldWhetherItWorksAndAdministratorsByWhom() {
    it.engineAnswers.set(true);
    it.health.look();
    assertThat(it.browser("viewer").get("/platform").body())
        .contains("Everything works.", ">Database</th>", ">Engine</th>")
        .doesNotContain("within 1 ms", "router-", "10.0.0", "worker-7");
    assertThat(it.browser("root").get("/platform").body())
        .contains(
            "answers within 1 ms", "router-&lt;i&gt;", "10.0.0.1:8082", "router-old", "silent")
        .contains("lmnop-process", "worker-7", "building")
        .doesNotContain("router-forgotten", "<i>");
  }

  @Test
  void aPartThatIsGoneIsSaidSoWithWhatItMeans() {
    it.engineAnswers.set(false);
    it.health.look();
    assertThat(it.browser("viewer").get("/platform").body())
        .contains("Not everything works.", "does not work", "Nothing is deployed or scaled")
        .doesNotContain("gone");
    assertThat(it.browser("root").get("/platform").body()).contains("&lt;b&gt;gone");
  }

  @Test
  void whatStaysTheSameKeepsItsTime() {
    AtomicBoolean works = new AtomicBoolean(true);
    Instant begin = Instant.parse("2026-01-31T12:00:00Z");
    Instant[] now = {begin};
    HealthWatch watch =
        new HealthWatch(
            new Checks()
                .add("disk", () -> works.get() ? Finding.ok("room") : Finding.notOk("full")),
            clock(now));
    assertThat(watch.parts()).isEmpty();
    now[0] = begin.plusSeconds(1);
    watch.look();
    now[0] = begin.plusSeconds(6);
    watch.look();
    assertThat(watch.parts().getFirst().since()).as("since it started").isEqualTo(begin);
    works.set(false);
    watch.look();
    now[0] = begin.plus(Duration.ofHours(1));
    watch.look();
    assertThat(watch.parts().getFirst())
        .isEqualTo(new HealthWatch.Part("disk", false, "full", begin.plusSeconds(6)));
  }

  private static Clock clock(Instant[] now) {
    return new Clock() {
      @Override
      public ZoneOffset getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now[0];
      }
    };
  }

  @Test
  void firstStepsAreThoseOfWhoReadsThem() {
    assertThat(it.browser("dev").get("/first-steps").body())
        .contains("git push http://127.0.0.1:" + it.server().port() + "/scm/team/hello main")
        .contains("<strong>dev</strong>", "curl -u dev http", "/owners/team/secrets")
        .doesNotContain("./lmnop", "no owner yet");
    assertThat(it.browser("viewer").get("/first-steps").body()).contains("no owner yet");
    assertThat(it.browser("root").get("/first-steps").body()).contains("./lmnop logs hello");
    assertThat(it.browser("stranger").get("/").body())
        .contains("The first push creates one", "/scm/stranger/hello main", "/first-steps");
  }
}
