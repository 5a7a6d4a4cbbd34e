package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RouteKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests to a function that has no instance yet. */
final class WakingTest {
  private static final String HOST = "hello.example.com";

  private final ExecutorService many = Executors.newVirtualThreadPerTaskExecutor();
  private Origin provider;
  private Origin instance;

  @BeforeEach
  void start() throws IOException {
    provider = Origin.answering("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    instance = Origin.answering(Origin.ok("awake"));
  }

  @AfterEach
  void stop() {
    many.close();
    provider.close();
    instance.close();
  }

  private EdgeFixture router(String... settings) throws Exception {
    return EdgeFixture.withProvider(provider.port(), settings);
  }

  private List<Future<Visitor.Reply>> call(EdgeFixture router, int times) {
    List<Future<Visitor.Reply>> calls = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      calls.add(many.submit(() -> router.get(HOST, "/")));
    }
    return calls;
  }

  private static void awaitWaiting(EdgeFixture router, int count) {
    await().until(() -> router.metrics.text().contains("lmnop_router_waiting " + count + ".0"));
  }

  @Test
  void wakesOnceHoweverManyWait() throws Exception {
    try (EdgeFixture router = router()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      List<Future<Visitor.Reply>> calls = call(router, 300);
      awaitWaiting(router, 300);
      await().until(() -> provider.heads().size() == 1);
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", instance.port()));
      for (Future<Visitor.Reply> call : calls) {
        assertThat(call.get().body()).isEqualTo("awake");
      }
      assertThat(provider.heads()).hasSize(1);
      assertThat(provider.heads().getFirst())
          .startsWith("POST /system/scale-function/hello-a?namespace=default HTTP/1.1\r\n")
          .contains("Authorization: Basic d2FrZXI6d2FrZS11cA==");
      assertThat(router.metrics.text())
          .contains("lmnop_router_wait_seconds_count 300")
          .contains("lmnop_router_waiting 0.0");
    }
  }

  /** Who waits for a preview waits behind nobody of the function itself, and nobody behind him. */
  @Test
  void aPreviewHasAQueueOfItsOwn() throws Exception {
    try (EdgeFixture router = router("waiting", "1")) {
      FunctionRoutes.Share cold = MapRoutes.share("hello-b");
      RouteKey preview = new RouteKey.Host("preview.example.com");
      FunctionRoutes itself = router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      router.routes.put(
          preview,
          rule(new FunctionRoutes(itself.id(), "hello", "ada", 7L, List.of(cold), List.of())));
      Future<Visitor.Reply> waits = many.submit(() -> router.get("preview.example.com", "/"));
      awaitWaiting(router, 1);
      Future<Visitor.Reply> other = many.submit(() -> router.get(HOST, "/"));
      awaitWaiting(router, 2);
      assertThat(router.get("preview.example.com", "/").status()).isEqualTo(503);
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", instance.port()));
      assertThat(other.get().status()).isEqualTo(200);
      assertThat(waits.isDone()).isFalse();
      FunctionRoutes.Share warm = MapRoutes.share("hello-b", instance.port());
      router.routes.put(
          preview,
          rule(new FunctionRoutes(itself.id(), "hello", "ada", 7L, List.of(warm), List.of())));
      assertThat(waits.get().status()).isEqualTo(200);
    }
  }

  private static HostRoutes.Rule rule(FunctionRoutes function) {
    return new HostRoutes.Rule("/", null, function);
  }

  @Test
  void asksWithTheBodyThatOpenFaasKnows() throws Exception {
    java.util.concurrent.CompletableFuture<String> asked =
        new java.util.concurrent.CompletableFuture<>();
    try (Origin listening =
            Origin.start(conversation -> {
              asked.complete(String.valueOf(conversation.request()));
              conversation.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
            });
        EdgeFixture router = EdgeFixture.withProvider(listening.port())) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      many.submit(() -> router.get(HOST, "/"));
      assertThat(asked.get())
          .endsWith("{\"serviceName\":\"hello-a\",\"replicas\":1,\"namespace\":\"default\"}");
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", instance.port()));
    }
  }

  @Test
  void asksAgainAfterARefusal() throws Exception {
    try (Origin unwilling = Origin.answering("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno");
        EdgeFixture router = EdgeFixture.withProvider(unwilling.port())) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      List<Future<Visitor.Reply>> calls = call(router, 10);
      await().until(() -> unwilling.heads().size() >= 2);
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", instance.port()));
      assertThat(calls.getFirst().get().body()).isEqualTo("awake");
    }
  }

  @Test
  void letsOnlySoManyWait() throws Exception {
    try (EdgeFixture router = router("waiting", "5")) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      List<Future<Visitor.Reply>> calls = call(router, 5);
      awaitWaiting(router, 5);
      Visitor.Reply refused = router.get(HOST, "/");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", instance.port()));
      for (Future<Visitor.Reply> call : calls) {
        assertThat(call.get().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void keepsNoPlaceForWhoLeft() throws Exception {
    try (EdgeFixture router = router("waiting", "1")) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      try (Visitor leaves = router.visit()) {
        leaves.get(HOST, "/");
        awaitWaiting(router, 1);
      }
      awaitWaiting(router, 0);
      List<Future<Visitor.Reply>> calls = call(router, 1);
      awaitWaiting(router, 1);
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", instance.port()));
      assertThat(calls.getFirst().get().status()).isEqualTo(200);
      assertThat(instance.heads()).hasSize(1);
    }
  }

  @Test
  void keepsTheBodyOfARequestThatWaits() throws Exception {
    try (Origin echo =
            Origin.start(conversation -> {
              String request = String.valueOf(conversation.request());
              conversation.send(Origin.ok(request.substring(request.indexOf("\r\n\r\n") + 4)));
            });
        EdgeFixture router = router();
        Visitor visitor = router.visit()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      visitor.send("POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 6\r\n\r\nabc");
      awaitWaiting(router, 1);
      visitor.send("def");
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", echo.port()));
      assertThat(visitor.reply().body()).isEqualTo("abcdef");
    }
  }

  @Test
  void endsTheWaitInTime() throws Exception {
    try (EdgeFixture router = router("wait-time", "300ms")) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a"));
      Visitor.Reply reply = router.get(HOST, "/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.header("x-openfaas-internal")).isEqualTo("router");
      assertThat(router.metrics.text())
          .contains("outcome=\"not_started_in_time\"} 1")
          .contains(
              "gateway_function_invocation_total{code=\"503\",function_name=\"hello.ada\"} 1");
    }
  }

  @Test
  void tellsAFunctionWithoutARevisionFromAnUnknownOne() throws Exception {
    try (EdgeFixture router = router()) {
      router.routes.put(HOST, "hello");
      Visitor.Reply unreleased = router.get(HOST, "/");
      assertThat(unreleased.status()).isEqualTo(503);
      assertThat(unreleased.body()).contains("no revision of it serves: none was released yet");
      assertThat(router.get("nobody.example.com", "/").status()).isEqualTo(404);
      assertThat(router.get("127.0.0.1", "/function/nobody").body()).contains("of this name");
    }
  }

  @Test
  void doesNotTakeAnAbsentDatabaseForAnAbsentFunction() throws Exception {
    try (EdgeFixture router = router()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", instance.port()));
      router.routes.databaseIsAway(true);
      assertThat(router.get(HOST, "/").body()).isEqualTo("awake");
      Visitor.Reply reply = router.get("nobody.example.com", "/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.header("retry-after")).isEqualTo("1");
    }
  }

  @Test
  void findsTheLongestPrefixAndThePresets() throws Exception {
    try (EdgeFixture router = router();
        Origin api = Origin.answering(Origin.ok("api"))) {
      FunctionRoutes hello =
          router.routes.put(
              "hello.apps.example.com", "hello", MapRoutes.share("h", instance.port()));
      FunctionRoutes other =
          router.routes.put("other.example.com", "other", MapRoutes.share("o", api.port()));
      router.routes.put(
          new RouteKey.Host("own.example.org"),
          new HostRoutes.Rule("/api", null, other),
          new HostRoutes.Rule("/", null, hello));
      router.routes.put(new RouteKey.Named("ada", "other"), new HostRoutes.Rule("/", null, other));
      assertThat(router.get("own.example.org", "/api/x").body()).isEqualTo("api");
      assertThat(router.get("own.example.org", "/apix").body()).isEqualTo("awake");
      assertThat(router.get("gateway.apps.example.com", "/function/hello/y").body())
          .isEqualTo("awake");
      assertThat(instance.heads().getLast()).startsWith("GET /y HTTP/1.1\r\n");
      assertThat(router.get("localhost:8080", "/function/other.ada?z").body()).isEqualTo("api");
      assertThat(api.heads().getLast()).startsWith("GET /?z HTTP/1.1\r\n");
      assertThat(router.get("localhost", "/fn/ada/other/").body()).isEqualTo("api");
      assertThat(router.get("own.example.org", "/function/other.ada").body()).isEqualTo("awake");
    }
  }
}
