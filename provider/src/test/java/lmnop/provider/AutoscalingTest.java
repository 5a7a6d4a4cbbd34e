package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.Map;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a whole provider makes of what a router reports. */
@RequiresTool("python3")
final class AutoscalingTest {
  private static final int MANY_LOOKS = 25; // more than all windows together

  @SuppressWarnings("NullAway.Init")
  private static TestProvider provider;

  @SuppressWarnings("NullAway.Init")
  private static FakeRouter router;

  @BeforeAll
  static void start() throws IOException {
    provider =
        new TestProvider(
                "isolation.sandbox=false",
                "trust-functions=true",
                "scaling.look=100ms",
                "scaling.stable=1s",
                "scaling.panic=300ms",
                "scaling.delay=1s")
            .start();
    router = new FakeRouter(provider);
    provider
        .database()
        .execute("SET search_path = lmnop; INSERT INTO owners (id, name) VALUES (70, 'team');");
  }

  @AfterAll
  static void stop() {
    router.close();
    provider.close();
  }

  /** A function whose instances are to have two requests in flight each, and its traffic. */
  private static void deploy(int id, String name) {
    try (HttpFunctionProvider client = provider.client()) {
      client.deploy(
          new FunctionDeployment(
              name,
              TestBundle.server(name).into(provider.artifacts()),
              "team",
              null,
              null,
              null,
              null,
              Map.of(
                  "com.openfaas.scale.max", "3",
                  "com.openfaas.scale.type", "capacity",
                  "com.openfaas.scale.target", "2",
                  "com.openfaas.scale.zero", "true",
                  "com.openfaas.scale.zero-duration", "1s"),
              null,
              null,
              null,
              null));
    }
    provider
        .database()
        .execute(
            """
            SET search_path = lmnop;
            INSERT INTO functions (id, owner_id, name) VALUES (%1$d, 70, '%2$s');
            INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
              VALUES (%1$d, %1$d, 1, 'a', 'python3', '{}', '{}');
            INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
              VALUES (%1$d, %1$d, 'team', '%2$s', 100);
            """
                .formatted(id, name));
  }

  private static int replicas(String workload) {
    try (HttpFunctionProvider client = provider.client()) {
      return client.status(workload, "team").orElseThrow().replicas();
    }
  }

  private static void awaitReplicas(String workload, int expected) {
    await().atMost(TestProvider.PATIENCE).until(() -> replicas(workload) == expected);
  }

  private static void manyLooks() {
    int before = router.asked();
    await().atMost(TestProvider.PATIENCE).until(() -> router.asked() > before + MANY_LOOKS);
  }

  private static String page(String workload, int inFlight, int waiting) {
    return "{\"router\":\"router-1\",\"applied\":1000,\"workloads\":{\"team/%1$s\":%2$d},\"waiting\":{\"team/%1$s\":%3$d}}"
        .formatted(workload, inFlight, waiting);
  }

  @Test
  void aLoadIsFollowedAndSilenceIsNot() {
    router.says(page("busy", 1, 0));
    deploy(71, "busy");
    router.says(page("busy", 4, 2));
    awaitReplicas("busy", 3);
    router.says("");
    manyLooks();
    assertThat(replicas("busy")).as("a router that says nothing is not idle").isEqualTo(3);
    router.says(page("busy", 1, 0));
    awaitReplicas("busy", 1);
    manyLooks();
    assertThat(replicas("busy")).as("one request in flight is use").isEqualTo(1);
    assertThat(provider.metrics())
        .contains("lmnop_provider_scaling_leads 1.0")
        .contains("lmnop_provider_scaling_wanted{reason=\"fits\",workload=\"team/busy\"} 1\n");
    router.says(page("busy", 0, 0));
    awaitReplicas("busy", 0);
    try (HttpFunctionProvider client = provider.client("waker")) {
      assertThat(client.scale("busy", "team", 1)).isTrue();
    }
    assertThat(replicas("busy")).isEqualTo(1);
  }

  @Test
  void whatSomebodyChoseIsLeftAlone() {
    router.says(page("chosen", 1, 0));
    deploy(72, "chosen");
    provider
        .database()
        .execute(
            "INSERT INTO lmnop.scale_overrides (function_id, instances, actor) VALUES (72, 2, 'dev')");
    try (HttpFunctionProvider client = provider.client()) {
      client.scale("chosen", "team", 2);
    }
    router.says(page("chosen", 20, 0));
    manyLooks();
    assertThat(replicas("chosen")).isEqualTo(2);
    router.says(page("chosen", 0, 0));
    manyLooks();
    assertThat(replicas("chosen")).isEqualTo(2);
    provider.database().execute("DELETE FROM lmnop.scale_overrides");
    awaitReplicas("chosen", 0);
  }
}
