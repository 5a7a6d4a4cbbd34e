package lmnop.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Operators' routes through both layers, before a function and a server that show what came. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OwnRoutesTest {
  private static final String INJECTED = "spring.cloud.gateway.server.webflux.routes[0].";

  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final Semaphore goOn = new Semaphore(0);
  private ServerSocket server;
  private GatewayFixture router;
  private String routes;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
    int port = server.getLocalPort();
    int closed = closedPort();
    routes =
        """
        routes:
          - id: function
            hosts: [own.example.com, hello.apps.example.com]
            uri: function://hello
            predicates: [Path=/api/**]
            filters: [StripPrefix=1, 'AddRequestHeader=X-Told, $PATH']
          - id: server
            hosts: ["*.server.example.com"]
            uri: http://127.0.0.1:%1$d
          - id: by-row
            uri: http://127.0.0.1:%1$d
            filters: [PrefixPath=/row]
          - id: away
            hosts: [away.example.com]
            uri: http://127.0.0.1:%2$d
          - id: nobody
            hosts: [nobody.example.com]
            uri: function://nobody
          - id: first
            hosts: [taken.apps.example.com]
            before-functions: true
            uri: http://127.0.0.1:%1$d
            filters: [PrefixPath=/first]
        """
            .formatted(port, closed);
    System.setProperty(INJECTED + "id", "injected");
    System.setProperty(INJECTED + "uri", "http://127.0.0.1:" + port);
    System.setProperty(INJECTED + "predicates[0]", "Path=/injected");
    router =
        new GatewayFixture(directory, routes, "127.0.0.1:%d,127.0.0.1:%d".formatted(closed, port));
    router.table.function("hello", port);
    router.table.function("taken", port);
    router.table.row("row.example.com", "by-row");
    router.table.row("lost.example.com", "no-such-route");
  }

  @AfterAll
  void stop() throws Exception {
    for (String key : List.of("id", "uri", "predicates[0]")) {
      System.clearProperty(INJECTED + key);
    }
    router.close();
    server.close();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      while (true) {
        String head = GatewayFixture.readUntil(socket, "\r\n\r\n");
        if (head.endsWith("<end>")) {
          return;
        }
        heads.add(head);
        if (head.contains("/stream")) {
          stream(socket);
        } else if (head.contains("/socket")) {
          GatewayFixture.send(
              socket,
              "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  + "Sec-WebSocket-Accept: "
                  + accept(head)
                  + "\r\n\r\n");
          byte[] frame = socket.getInputStream().readNBytes(2 + 4 + 2);
          byte[] words = {(byte) (frame[6] ^ frame[2]), (byte) (frame[7] ^ frame[3])};
          socket.getOutputStream().write(new byte[] {(byte) 0x81, 2, words[0], words[1]});
          socket.getInputStream().read();
          return;
        } else {
          String body = "I got " + head.lines().findFirst().orElse("");
          GatewayFixture.send(
              socket,
              "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body));
        }
      }
    } catch (Exception e) {
      // the other side left
    }
  }

  private void stream(Socket socket) throws IOException {
    GatewayFixture.send(
        socket,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (String word : List.of("one", "two", "end")) {
      GatewayFixture.send(socket, "b\r\ndata: " + word + "\n\n\r\n");
      goOn.acquireUninterruptibly();
    }
    GatewayFixture.send(socket, "0\r\n\r\n");
  }

  private static String accept(String head) throws Exception {
    String key =
        head.lines()
            .filter(
                line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("sec-websocket-key:"))
            .findFirst()
            .orElseThrow()
            .substring("sec-websocket-key:".length())
            .strip();
    byte[] hash =
        java.security.MessageDigest.getInstance("SHA-1")
            .digest(
                (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
    return java.util.Base64.getEncoder().encodeToString(hash);
  }

  private String lastHead() {
    return heads.getLast();
  }

  private long counted() {
    return router
        .metrics()
        .lines()
        .filter(line ->
            line.startsWith("gateway_function_invocation_total") && line.contains("hello.default"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private long lines(String call) {
    try {
      return Files.readString(router.accessFile)
          .lines()
          .filter(line -> line.contains(call) && line.contains("\"function\":\"hello.default\""))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void bothLayersLeadToTheSameFunctionAndCountOnce() throws Exception {
    long before = counted();
    assertThat(router.get("hello.apps.example.com", "/a%2Fb?q=1")).contains("I got GET /a%2Fb?q=1");
    assertThat(counted()).isEqualTo(before + 1);
    String through =
        router.get(
            "own.example.com",
            "/api/a%2Fb?q=1",
            "X-Call-Id: my-call-7",
            "X-Forwarded-For: 6.6.6.6",
            "X-Lmnop-Edge-Function: default/taken",
            "X-Forwarded-User: root");
    assertThat(through).contains("I got GET /a%2Fb?q=1").contains("my-call-7");
    await().until(() -> counted() == before + 2);
    await().until(() -> lines("my-call-7") == 1);
    assertThat(lastHead())
        .containsIgnoringCase("X-Forwarded-For: 127.0.0.1\r\n")
        .containsIgnoringCase("X-Forwarded-Host: own.example.com")
        .containsIgnoringCase("Host: own.example.com")
        .containsIgnoringCase("X-Told: $PATH")
        .doesNotContainIgnoringCase("X-Lmnop-Edge")
        .doesNotContain("6.6.6.6", "root", router.gateway.door().secret());
  }

  @Test
  void aFunctionKeepsItsHostUnlessARouteSaysThatItComesFirst() throws Exception {
    assertThat(router.get("hello.apps.example.com", "/api/x")).contains("I got GET /api/x ");
    assertThat(router.get("taken.apps.example.com", "/x")).contains("I got GET /first/x ");
  }

  @Test
  void aServerGetsNothingThatIsTheRoutersOwn() throws Exception {
    assertThat(router.get("a.server.example.com", "/x", "Connection: X-Hop", "X-Hop: 1"))
        .contains("I got GET /x ");
    assertThat(lastHead())
        .containsIgnoringCase("X-Forwarded-Host: a.server.example.com")
        .containsIgnoringCase("X-Forwarded-For: 127.0.0.1\r\n")
        .doesNotContainIgnoringCase("X-Lmnop")
        .doesNotContainIgnoringCase("X-Hop")
        .doesNotContain(router.gateway.door().secret());
  }

  @Test
  void aRowOfTheTableLeadsToTheRouteOfItsName() throws Exception {
    assertThat(router.get("row.example.com", "/x")).contains("I got GET /row/x ");
    assertThat(router.get("lost.example.com", "/x"))
        .startsWith("HTTP/1.1 404 ")
        .contains("No gateway route takes this request.");
  }

  @Test
  void aTargetThatIsAwayIsSaidInWords() throws Exception {
    assertThat(router.get("away.example.com", "/"))
        .startsWith("HTTP/1.1 502 ")
        .containsIgnoringCase("X-OpenFaaS-Internal: router")
        .contains("The target of the gateway route 'away' does not answer.");
    assertThat(router.get("nobody.example.com", "/"))
        .startsWith("HTTP/1.1 404 ")
        .contains("There is no function of this name.");
  }

  @Test
  void routesAreThereWithoutTheDatabase() throws Exception {
    router.table.away = true;
    try {
      assertThat(router.get("b.server.example.com", "/x")).contains("I got GET /x ");
      assertThat(router.get("other.example.com", "/x")).startsWith("HTTP/1.1 503 ");
    } finally {
      router.table.away = false;
    }
  }

  @Test
  void noActuatorNoForeignRouteNoOpenDoor() throws Exception {
    for (String path : List.of("/actuator/gateway/routes", "/actuator", "/injected")) {
      assertThat(router.get("own.example.com", path)).startsWith("HTTP/1.1 404 ");
    }
    assertThat(router.gateway.parts()).isNotEmpty().noneMatch(name -> name.contains("ctuator"));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), router.edge.port(1))) {
      socket.setSoTimeout(60_000);
      GatewayFixture.send(
          socket,
          "GET / HTTP/1.1\r\nHost: x\r\nX-Lmnop-Edge: guess\r\n"
              + functionHeader("default/hello")
              + "\r\n");
      assertThat(GatewayFixture.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 404 ");
    }
  }

  private static String functionHeader(String function) {
    return "X-Lmnop-Edge-Function: " + function + "\r\n";
  }

  @Test
  void aRunningRequestOutlivesItsRoute() throws Exception {
    try (Socket socket = router.connect()) {
      GatewayFixture.send(socket, "GET /api/stream HTTP/1.1\r\nHost: own.example.com\r\n\r\n");
      assertThat(GatewayFixture.readUntil(socket, "one")).startsWith("HTTP/1.1 200 ");
      Files.writeString(router.file, routes.replace("own.example.com", "new.example.com"));
      router.operators.readAgain();
      try {
        assertThat(router.get("own.example.com", "/api/x")).startsWith("HTTP/1.1 404 ");
        assertThat(router.get("new.example.com", "/api/x")).contains("I got GET /x ");
        goOn.release();
        assertThat(GatewayFixture.readUntil(socket, "two")).doesNotContain("<end>");
        goOn.release(2);
        assertThat(GatewayFixture.readUntil(socket, "0\r\n\r\n")).doesNotContain("<end>");
      } finally {
        Files.writeString(router.file, routes);
        router.operators.readAgain();
      }
    }
  }

  @Test
  void webSocketsPassThrough() throws Exception {
    for (String host : List.of("own.example.com", "c.server.example.com")) {
      try (Socket socket = router.connect()) {
        GatewayFixture.send(
            socket,
            "GET /api/socket HTTP/1.1\r\nHost: "
                + host
                + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        assertThat(GatewayFixture.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 101 ");
        socket.getOutputStream().write(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'});
        byte[] answer = socket.getInputStream().readNBytes(4);
        assertThat(new String(answer, 2, 2, StandardCharsets.US_ASCII)).isEqualTo("hi");
      }
    }
  }
}
