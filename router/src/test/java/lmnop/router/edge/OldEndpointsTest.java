package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import lmnop.registry.table.FunctionRoutes.Endpoint;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.registry.table.RoutePolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Instances' addresses that may be others' by now, because nobody has said otherwise for long. */
final class OldEndpointsTest {
  private static final String HOST = "hello.example.com";

  private EdgeFixture router;
  private Origin instance;
  private Origin service;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start();
    instance = Origin.answering(Origin.ok("instance"));
    service = Origin.answering(Origin.ok("service"));
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
    instance.close();
    service.close();
  }

  private void route(String serviceAddress, Endpoint... endpoints) {
    Share share =
        new Share(
            1,
            1,
            "default",
            "hello-a",
            100,
            RoutePolicy.DEFAULT,
            List.of(endpoints),
            serviceAddress.isEmpty() ? null : serviceAddress);
    router.routes.put(HOST, "hello", share);
  }

  private static Endpoint at(Origin origin, String protocol) {
    return new Endpoint("i1", "http", "127.0.0.1", origin.port(), "", protocol);
  }

  private String answer() throws IOException {
    return router.get(HOST, "/").body();
  }

  @Test
  void theWorkloadsOwnAddressStandsForThem() throws Exception {
    route("127.0.0.1:" + service.port(), at(instance, "http1"));
    assertThat(answer()).isEqualTo("instance");
    router.routes.endpointsAreOld(true);
    assertThat(answer()).isEqualTo("service");
    router.routes.endpointsAreOld(false);
    assertThat(answer()).isEqualTo("instance");
  }

  @Test
  void theLastOnesAreKeptWhereThereIsNone() throws Exception {
    for (String none : new String[] {"", "nonsense", "10.0.0.1:many"}) {
      route(none, at(instance, "http1"));
      router.routes.endpointsAreOld(true);
      assertThat(answer()).as(none).isEqualTo("instance");
    }
  }

  @Test
  void whatSpeaksSomethingElseIsLeftOutAndCounted() throws Exception {
    route("", at(instance, "http1"), at(service, "h3"));
    for (int i = 0; i < 10; i++) {
      assertThat(answer()).isEqualTo("instance");
    }
    await().until(() -> router.fleet.unsupported() == 1);
    assertThat(service.connections()).isZero();
  }
}
