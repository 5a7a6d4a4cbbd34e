package lmnop.controlplane.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@SuppressWarnings("NullAway.Init")
class WebServerTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Crossing crossing = new Crossing("test", 1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch entered = new CountDownLatch(1);
  private final AtomicBoolean interrupted = new AtomicBoolean();
  private WebServer server;

  @BeforeEach
  void start() {
    WebFeature feature =
        () ->
            List.of(
                open("/refused", request -> Mono.error(new Refusal(HttpStatus.CONFLICT, "No."))),
                open("/broken", request -> Mono.error(new IllegalStateException("secret detail"))),
                open("/scm/refused", request -> Mono.error(new Refusal(HttpStatus.GONE, "Gone."))),
                open("/waits", this::waits),
                open("/streams", this::streams),
                open("/follows", this::follows),
                open(
                    "/late",
                    request ->
                        answer(out -> {
                          out.write('x');
                          out.flush();
                          throw new IOException("too late for a status");
                        })));
    server =
        WebServer.start(
            "test",
            ListenSettings.anywhere(),
            (request, access, route) -> route.handle(request),
            List.of(feature));
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.close();
    crossing.close();
  }

  private static Route open(String path, HandlerFunction<ServerResponse> handler) {
    return Route.get(path, Access.everybody(), handler);
  }

  private Mono<ServerResponse> waits(ServerRequest request) {
    return crossing
        .call(() -> {
          entered.countDown();
          try {
            return release.await(20, TimeUnit.SECONDS) ? "done" : "late";
          } catch (InterruptedException e) {
            interrupted.set(true);
            throw e;
          }
        })
        .flatMap(text -> ServerResponse.ok().bodyValue(text));
  }

  private Mono<ServerResponse> streams(ServerRequest request) {
    return answer(out -> out.write("streamed".getBytes(StandardCharsets.UTF_8)));
  }

  /** Says something, and then nothing more for ever. */
  private Mono<ServerResponse> follows(ServerRequest request) {
    return ServerResponse.ok()
        .contentType(MediaType.TEXT_EVENT_STREAM)
        .body(Flux.concat(Flux.just("x"), Flux.never()), String.class);
  }

  private Mono<ServerResponse> answer(Crossing.Writing writing) {
    return ServerResponse.ok().build((exchange, context) -> crossing.answer(exchange, writing));
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HTTP.send(request(path), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void refusalIsProblemJson() throws Exception {
    HttpResponse<String> answer = get("/refused");
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(answer.body())
        .isEqualTo("{\"title\":\"Conflict\",\"status\":409,\"detail\":\"No.\"}");
    assertThat(get("/nowhere").statusCode()).isEqualTo(404);
    assertThat(get("/nowhere").body()).contains("There is nothing at this address");
  }

  @Test
  void gitReadsPlainText() throws Exception {
    HttpResponse<String> answer = get("/scm/refused");
    assertThat(answer.statusCode()).isEqualTo(410);
    assertThat(answer.body()).isEqualTo("Gone.\n");
  }

  @Test
  void unexpectedErrorTellsOnlyItsNumber() throws Exception {
    HttpResponse<String> answer = get("/broken");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).doesNotContain("secret").contains("under error ");
  }

  @Test
  void nobodyWaitsForAPlaceOnAFullCrossing() throws Exception {
    CompletableFuture<HttpResponse<String>> first =
        HTTP.sendAsync(request("/waits"), HttpResponse.BodyHandlers.ofString());
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    for (String path : new String[] {"/waits", "/streams"}) {
      HttpResponse<String> second = get(path);
      assertThat(second.statusCode()).as(path).isEqualTo(503);
      assertThat(second.headers().firstValue("Retry-After")).hasValue("5");
    }
    release.countDown();
    assertThat(first.get(20, TimeUnit.SECONDS).body()).isEqualTo("done");
    await().until(() -> get("/streams").body().equals("streamed"));
  }

  @Test
  void callerWhoLeavesInterruptsTheWorkAndFreesItsPlace() throws Exception {
    CompletableFuture<HttpResponse<String>> first =
        HTTP.sendAsync(request("/waits"), HttpResponse.BodyHandlers.ofString());
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    first.cancel(true);
    await().untilTrue(interrupted);
    await().until(() -> get("/streams").body().equals("streamed"));
  }

  @Test
  void aServerThatStopsAnswersWhoAskedAndEndsWhoKeepsAConnectionOrFollows() throws Exception {
    CompletableFuture<HttpResponse<String>> asked =
        HTTP.sendAsync(request("/waits"), HttpResponse.BodyHandlers.ofString());
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    try (Socket kept = new Socket(InetAddress.getLoopbackAddress(), server.port());
        Socket follower = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      kept.setSoTimeout(20_000);
      follower.setSoTimeout(20_000);
      for (Socket socket : List.of(kept, follower)) {
        String path = socket.equals(kept) ? "/nowhere" : "/follows";
        socket
            .getOutputStream()
            .write(
                "GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
                    .formatted(path)
                    .getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(answer(kept.getInputStream())).contains("404");
      assertThat(follower.getInputStream().read()).isEqualTo('H');

      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
      assertThat(kept.getInputStream().read()).isEqualTo(-1);
      assertThat(closed).isNotDone();
      release.countDown();
      assertThat(asked.get(20, TimeUnit.SECONDS).body()).isEqualTo("done");
      closed.get(20, TimeUnit.SECONDS);
      follower.getInputStream().readAllBytes(); // what was sent, and then the end
    }
  }

  @Test
  void aServerThatStopsAnswersNewConnectionsForItsDelay() throws Exception {
    WebServer stopping =
        WebServer.start(
            "stopping",
            new ListenSettings("127.0.0.1", 0, Duration.ofHours(1), Duration.ZERO),
            (request, access, route) -> route.handle(request),
            List.of());
    assertThat(headOfOneAnswer(stopping)).doesNotContain("close");
    Thread closing = Thread.ofPlatform().start(stopping::close);
    try {
      await().until(() -> headOfOneAnswer(stopping).contains("connection: close"));
      assertThat(closing.isAlive()).isTrue();
    } finally {
      closing.interrupt(); // the hour
    }
    assertThat(closing.join(Duration.ofSeconds(20))).isTrue();
    assertThatThrownBy(() -> headOfOneAnswer(stopping)).isInstanceOf(ConnectException.class);
  }

  /** On a connection of its own. */
  private static String headOfOneAnswer(WebServer of) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), of.port())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return until(socket.getInputStream(), "\r\n\r\n");
    }
  }

  @Test
  void errorAfterTheFirstByteBreaksTheAnswerOff() {
    assertThatThrownBy(() -> get("/late")).isInstanceOf(IOException.class);
  }

  @Test
  void whatIsForMembersOfAnOwnerHasToNameOne() {
    assertThatThrownBy(() -> Route.get("/x", Access.portal().reader(), this::streams))
        .hasMessageContaining("/x is declared for members of an owner, and names none");
  }

  @Test
  void theEntranceForTasksOpensNothingElse() throws Exception {
    try (WebServer internal =
        WebServer.start(
            "internal",
            ListenSettings.anywhere(),
            Entrance.FOR_TASKS,
            List.of(() ->
                List.of(
                    Route.get("/task", Access.holderOfTask(), this::streams),
                    Route.get("/open", Access.everybody(), this::streams))))) {
      assertThat(status(internal, "/task")).isEqualTo(200);
      assertThat(status(internal, "/open")).isEqualTo(404);
      assertThat(status(internal, "/nowhere")).isEqualTo(404);
    }
  }

  private static int status(WebServer of, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + of.port() + path);
    return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void theConnectionOfARefusedRequestServesTheNextOne() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000); // milliseconds; a request that is not heard waits for ever
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      for (int i = 0; i < 100; i++) {
        out.write(
            "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        out.write("a=b&c".getBytes(StandardCharsets.US_ASCII));
        assertThat(answer(in)).contains("404");
        out.write("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(answer(in)).contains("404");
        out.write("GET /streams HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(answer(in)).contains("200");
      }
    }
  }

  /** The status line of an answer, which is read to its end. */
  private static String answer(InputStream in) throws IOException {
    String head = until(in, "\r\n\r\n");
    Matcher length = Pattern.compile("(?i)content-length: ([0-9]+)").matcher(head);
    if (length.find()) {
      in.readNBytes(Integer.parseInt(length.group(1)));
    } else {
      until(in, "0\r\n\r\n");
    }
    return head.lines().findFirst().orElse("");
  }

  private static String until(InputStream in, String end) throws IOException {
    StringBuilder read = new StringBuilder();
    while (!read.toString().endsWith(end)) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the connection ended after: " + read);
      }
      read.append((char) next);
    }
    return read.toString();
  }

  @Test
  void takenPortIsSaidInWords() {
    assertThatThrownBy(() ->
            WebServer.start(
                "second",
                new ListenSettings("127.0.0.1", server.port(), Duration.ZERO, Duration.ZERO),
                (request, access, route) -> route.handle(request),
                List.of()))
        .hasMessageContaining("the second listener cannot use 127.0.0.1:" + server.port());
  }
}
