package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import lmnop.provider.artifacts.TestBundle;
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

  @SuppressWarnings("NullAway.Init")
  private static ScaledFunctions functions;

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
    functions = new ScaledFunctions(provider);
  }

  @AfterAll
  static void stop() {
    router.close();
    provider.close();
  }

  private static void deploy(int id, String name) throws IOException {
    functions.deploy(id, name, TestBundle.server(name).into(provider.artifacts()));
  }

  private static int replicas(String workload) {
    return functions.replicas(workload);
  }

  private static void awaitReplicas(String workload, int expected) {
    await().atMost(TestProvider.PATIENCE).until(() -> replicas(workload) == expected);
  }

  private static void manyLooks() {
    int before = router.asked();
    await().atMost(TestProvider.PATIENCE).until(() -> router.asked() > before + MANY_LOOKS);
  }

  @Test
  void aLoadIsFollowedAndSilenceIsNot() throws IOException {
    router.says(ScaledFunctions.page("busy", 1, 0));
    deploy(71, "busy");
    router.says(ScaledFunctions.page("busy", 4, 2));
    awaitReplicas("busy", 3);
    router.says("");
    manyLooks();
    assertThat(replicas("busy")).as("a router that says nothing is not idle").isEqualTo(3);
    router.says(ScaledFunctions.page("busy", 1, 0));
    awaitReplicas("busy", 1);
    manyLooks();
    assertThat(replicas("busy")).as("one request in flight is use").isEqualTo(1);
    assertThat(provider.metrics())
        .contains("lmnop_provider_scaling_leads 1.0")
        .contains("lmnop_provider_scaling_wanted{reason=\"fits\",workload=\"team/busy\"} 1\n");
    router.says(ScaledFunctions.page("busy", 0, 0));
    awaitReplicas("busy", 0);
    try (HttpFunctionProvider client = provider.client("waker")) {
      assertThat(client.scale("busy", "team", 1)).isTrue();
    }
    assertThat(replicas("busy")).isEqualTo(1);
  }

  @Test
  void whatSomebodyChoseIsLeftAlone() throws IOException {
    router.says(ScaledFunctions.page("chosen", 1, 0));
    deploy(72, "chosen");
    provider
        .database()
        .execute(
            "INSERT INTO lmnop.scale_overrides (function_id, instances, actor) VALUES (72, 2, 'dev')");
    try (HttpFunctionProvider client = provider.client()) {
      client.scale("chosen", "team", 2);
    }
    router.says(ScaledFunctions.page("chosen", 20, 0));
    manyLooks();
    assertThat(replicas("chosen")).isEqualTo(2);
    router.says(ScaledFunctions.page("chosen", 0, 0));
    manyLooks();
    assertThat(replicas("chosen")).isEqualTo(2);
    provider.database().execute("DELETE FROM lmnop.scale_overrides");
    awaitReplicas("chosen", 0);
  }
}
