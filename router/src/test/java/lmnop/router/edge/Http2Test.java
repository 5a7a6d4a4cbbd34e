package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.outcome.Outcome;
import lmnop.router.tls.Certificates;
import lmnop.router.tls.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The edge as a real client of HTTP/2 meets it. */
final class Http2Test {
  private static final int MEBIBYTE = 1 << 20;

  @TempDir static Path scratch;
  private static TestCertificates.Made made;
  private Certificates certificates;
  private EdgeFixture fixture;
  private HttpClient client;

  @BeforeAll
  static void make() throws Exception {
    made = TestCertificates.made(scratch, "EC", "localhost");
    Path directory = Files.createDirectory(scratch.resolve("certificates"));
    made.write(directory.resolve("a.pem"), directory.resolve("a.key"));
  }

  @BeforeEach
  void start() throws Exception {
    certificates = Certificates.in(scratch.resolve("certificates"), Duration.ofHours(1));
    fixture = EdgeFixture.secure(certificates);
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .sslContext(TestCertificates.trusting(made))
            .build();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    fixture.close();
    certificates.close();
  }

  private void serve(Origin origin) {
    serve(RoutePolicy.DEFAULT, origin);
  }

  private void serve(RoutePolicy policy, Origin origin) {
    fixture.routes.put("localhost", "f", MapRoutes.share("f-1", policy, origin.port()));
  }

  private HttpRequest.Builder to(String target) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + fixture.edge.port(1) + target))
        .timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<String> get(String target) throws IOException, InterruptedException {
    return client.send(to(target).build(), BodyHandlers.ofString());
  }

  /** Answers with the body that it got. */
  private static Origin echo() throws IOException {
    return Origin.start(conversation -> {
      for (String head = conversation.head(); head != null; head = conversation.head()) {
        boolean hasBody =
            Http.contentLength(head) > 0 || Http.header(head, "transfer-encoding") != null;
        byte[] body = hasBody ? Http.readBody(conversation.in(), head) : new byte[0];
        conversation.send(Origin.ok(new String(body, StandardCharsets.UTF_8)));
      }
    });
  }

  @Test
  void passesRequestsAndAnswers() throws Exception {
    try (Origin origin =
        Origin.answering(
            "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: keep-alive\r\nKeep-Alive:"
                + " timeout=5\r\nX-Own: Value\r\n\r\nhi")) {
      serve(origin);

      HttpResponse<String> answer = get("/a%2Fb;c//d?q=1");

      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(answer.statusCode()).isEqualTo(201);
      assertThat(answer.body()).isEqualTo("hi");
      assertThat(answer.headers().firstValue("x-own")).contains("Value");
      assertThat(answer.headers().firstValue("x-call-id")).isPresent();
      assertThat(answer.headers().map())
          .doesNotContainKeys("connection", "keep-alive", "transfer-encoding");
      assertThat(origin.heads().getFirst())
          .startsWith("GET /a%2Fb;c//d?q=1 HTTP/1.1\r\n")
          .containsIgnoringCase("\r\nhost: localhost:" + fixture.edge.port(1) + "\r\n")
          .containsIgnoringCase("\r\nX-Forwarded-Proto: https\r\n")
          .doesNotContainIgnoringCase("transfer-encoding")
          .doesNotContainIgnoringCase("content-length");
    }
  }

  @Test
  void passesBodiesOfKnownAndOfUnknownLength() throws Exception {
    try (Origin origin = echo()) {
      serve(origin);
      String body = "x".repeat(100_000);

      HttpResponse<String> known =
          client.send(to("/").POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
      HttpResponse<String> unknown =
          client.send(
              to("/").POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(body))).build(),
              BodyHandlers.ofString());
      HttpResponse<String> none =
          client.send(to("/").POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());

      assertThat(known.body()).isEqualTo(body);
      assertThat(unknown.body()).isEqualTo(body);
      assertThat(none.body()).isEmpty();
      assertThat(origin.heads().get(0)).containsIgnoringCase("content-length: 100000");
      assertThat(origin.heads().get(1)).containsIgnoringCase("transfer-encoding: chunked");
      assertThat(origin.heads().get(2)).containsIgnoringCase("content-length: 0");
    }
  }

  @Test
  void answersHeadWithoutABody() throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")) {
      serve(origin);
      HttpResponse<String> answer = client.send(to("/").HEAD().build(), BodyHandlers.ofString());
      assertThat(answer.headers().firstValue("content-length")).contains("1234");
      assertThat(client.send(to("/").HEAD().build(), BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void answersAllOfManyAtOnce() throws Exception {
    try (Origin origin = echo()) {
      serve(origin);
      get("/");
      List<CompletableFuture<HttpResponse<String>>> answers =
          IntStream.range(0, 90)
              .mapToObj(i ->
                  client.sendAsync(
                      to("/" + i).POST(BodyPublishers.ofString("body " + i)).build(),
                      BodyHandlers.ofString()))
              .toList();
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).join().body()).isEqualTo("body " + i);
      }
    }
  }

  @Test
  void holdsAFunctionBackWhoseClientReadsSlowly() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    String piece = "x".repeat(MEBIBYTE);
    try (Origin origin =
        Origin.start(conversation -> {
          conversation.request();
          conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + 64 * MEBIBYTE + "\r\n\r\n");
          for (int i = 0; i < 64; i++) {
            conversation.send(piece);
            sent.incrementAndGet();
          }
        })) {
      serve(origin);
      HttpResponse<InputStream> answer = client.send(to("/").build(), BodyHandlers.ofInputStream());
      await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
      assertThat(sent.get()).isLessThan(40); // what client, router and two sockets hold
      assertThat(answer.body().skip(64L * MEBIBYTE)).isEqualTo(64L * MEBIBYTE);
      assertThat(answer.body().read()).isEqualTo(-1);
    }
  }

  @Test
  void holdsAClientBackWhoseFunctionReadsSlowly() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (Origin origin =
        Origin.start(conversation -> {
          String head = Objects.requireNonNull(conversation.head());
          read.await();
          conversation.send(
              Origin.ok(String.valueOf(Http.readBody(conversation.in(), head).length)));
        })) {
      serve(origin);
      AtomicInteger given = new AtomicInteger();
      byte[] piece = new byte[MEBIBYTE];
      CompletableFuture<HttpResponse<String>> answer =
          client.sendAsync(
              to("/")
                  .POST(
                      BodyPublishers.ofByteArrays(() ->
                          IntStream.range(0, 64)
                              .peek(i -> given.set(i))
                              .mapToObj(i -> piece)
                              .iterator()))
                  .build(),
              BodyHandlers.ofString());
      await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
      assertThat(given.get()).isLessThan(40);
      read.countDown();
      assertThat(answer.join().body()).isEqualTo(String.valueOf(64 * MEBIBYTE));
    }
  }

  @Test
  void showsAnAnswerThatIsNotWholeAsSuch() throws Exception {
    for (String head : List.of("Content-Length: 100", "Transfer-Encoding: chunked")) {
      try (Origin origin =
          Origin.start(conversation -> {
            conversation.request();
            conversation.send("HTTP/1.1 200 OK\r\n" + head + "\r\n\r\n5\r\nhello\r\n");
          })) {
        serve(origin);
        assertThatThrownBy(() -> get("/")).isInstanceOf(IOException.class);
      }
    }
    assertThat(fixture.metrics.text())
        .contains("lmnop_router_requests_total{fault=\"function\",outcome=\"answer_broken\"} 2");
  }

  @Test
  void answersEarlyAndStopsTheUpload() throws Exception {
    RoutePolicy small = new RoutePolicy(null, null, null, null, null, 1000L);
    try (Origin origin = echo()) {
      serve(small, origin);
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> answer =
            client.send(
                to("/").POST(BodyPublishers.ofByteArray(new byte[MEBIBYTE])).build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(Outcome.BODY_TOO_LARGE.status());
      }
      assertThat(
              client
                  .send(
                      to("/").POST(BodyPublishers.ofString("ok")).build(), BodyHandlers.ofString())
                  .body())
          .isEqualTo("ok");
    }
  }

  @Test
  void tellsTheFunctionThatItsClientLeft() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    try (Origin origin =
        Origin.start(conversation -> {
          conversation.request();
          asked.countDown();
          if (conversation.in().read() < 0) {
            left.countDown();
          }
        })) {
      serve(origin);
      CompletableFuture<HttpResponse<String>> answer =
          client.sendAsync(to("/").build(), BodyHandlers.ofString());
      asked.await();
      answer.cancel(true);
      left.await();
    }
  }

  @Test
  void endsWhatRunsBeforeItStops() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (Origin origin =
        Origin.start(conversation -> {
          conversation.request();
          asked.countDown();
          TimeUnit.MILLISECONDS.sleep(1500); // longer than idle connections have
          conversation.send(Origin.ok("done"));
        })) {
      serve(origin);
      CompletableFuture<HttpResponse<String>> answer =
          client.sendAsync(to("/").build(), BodyHandlers.ofString());
      asked.await();
      fixture.edge.close();
      assertThat(answer.join().body()).isEqualTo("done");
    }
  }

  @Test
  void saysWhatIsWrongAsItDoesForOthers() throws Exception {
    HttpResponse<String> answer = get("/");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).startsWith("No function has this address.");
    assertThat(answer.headers().firstValue("x-openfaas-internal")).contains("router");
  }
}
